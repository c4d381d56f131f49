/** Discord's HTTP API v10, as one person. */

const BASE = "/api/v10";
const MAX_TRIES = 5;

/** An answer of 400 or above; `code` is Discord's own number, `status` HTTP's. */
export class ApiError extends Error {
  constructor(status, body) {
    super(describe(body) || `HTTP ${status}`);
    this.status = status;
    this.code = body?.code ?? 0;
  }
}

/** Reads the innermost sentences out of Discord's nested `errors` object, or its `message`. */
function describe(body) {
  const sentences = [];
  const walk = (node) => {
    if (!node || typeof node !== "object") return;
    if (Array.isArray(node._errors)) sentences.push(...node._errors.map((error) => error.message));
    for (const [key, value] of Object.entries(node)) if (key !== "_errors") walk(value);
  };
  walk(body?.errors);
  return sentences.join(" ") || body?.message;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends requests with a token, waits out rate limits, and turns refusals into ApiError. */
export class Api {
  constructor(token) {
    this.token = token;
  }

  get(path) {
    return this.request("GET", path);
  }

  post(path, body, files = []) {
    return this.request("POST", path, body, files);
  }

  patch(path, body) {
    return this.request("PATCH", path, body);
  }

  put(path, body) {
    return this.request("PUT", path, body);
  }

  delete(path) {
    return this.request("DELETE", path);
  }

  /** Resolves to the decoded JSON answer, or null for 204. Files go as `files[n]` beside `payload_json`. */
  async request(method, path, body, files = []) {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(BASE + path, { method, ...this.payload(body, files) });
      const answer = response.status === 204 ? null : await response.json().catch(() => null);
      if (response.ok) return answer;
      if (response.status !== 429 || attempt === MAX_TRIES) throw new ApiError(response.status, answer);
      await pause(1000 * (answer?.retry_after ?? 1));
    }
  }

  payload(body, files) {
    const headers = { Authorization: this.token };
    if (files.length > 0) {
      const form = new FormData();
      form.append("payload_json", JSON.stringify(body ?? {}));
      files.forEach((file, index) => form.append(`files[${index}]`, file, file.name));
      return { headers, body: form };
    }
    if (body === undefined) return { headers };
    return { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  }
}
