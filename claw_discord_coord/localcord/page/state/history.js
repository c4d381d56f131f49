/** Loads stretches of a channel's messages into the store. */

const PAGE = 50;

/** Loads the newest page and forgets any older stretch. */
export async function loadLatest({ api, store }, channelId) {
  await fetchPage({ api, store }, channelId, "", (page) => ({
    replace: true,
    hasOlder: page.length === PAGE,
    hasNewer: false,
  }));
}

export async function loadOlder({ api, store }, channelId) {
  const { oldest } = store.log(channelId);
  if (!oldest) return;
  await fetchPage({ api, store }, channelId, `&before=${oldest.id}`, (page) => ({ hasOlder: page.length === PAGE }));
}

export async function loadNewer({ api, store }, channelId) {
  const { newest } = store.log(channelId);
  if (!newest) return;
  await fetchPage({ api, store }, channelId, `&after=${newest.id}`, (page) => ({ hasNewer: page.length === PAGE }));
}

/** Loads the stretch around one message, for a jump into the past. */
export async function loadAround({ api, store }, channelId, messageId) {
  await fetchPage({ api, store }, channelId, `&around=${messageId}`, (page) => {
    const last = store.channels.get(channelId)?.last_message_id;
    const hasNewer = Boolean(last) && !page.some((message) => message.id === last);
    return { replace: true, hasOlder: true, hasNewer };
  });
}

/** `describe(page)` says how the page joins what is there. */
async function fetchPage({ api, store }, channelId, query, describe) {
  await store.log(channelId).during(async () => {
    const page = await api.get(`/channels/${channelId}/messages?limit=${PAGE}${query}`);
    for (const message of page) store.learnUser(message.author);
    store.log(channelId).merge(page, describe(page));
    store.emit(`log:${channelId}`);
  });
}
