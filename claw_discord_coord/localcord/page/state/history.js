/** Loads stretches of a channel's messages into the store. */

const PAGE = 50;

/** Loads the newest page and forgets any older stretch. */
export async function loadLatest({ api, store }, channelId) {
  const page = await api.get(`/channels/${channelId}/messages?limit=${PAGE}`);
  take(store, channelId, page, { replace: true, hasOlder: page.length === PAGE, hasNewer: false });
}

export async function loadOlder({ api, store }, channelId) {
  const { oldest } = store.log(channelId);
  if (!oldest) return;
  const page = await api.get(`/channels/${channelId}/messages?limit=${PAGE}&before=${oldest.id}`);
  take(store, channelId, page, { hasOlder: page.length === PAGE });
}

export async function loadNewer({ api, store }, channelId) {
  const { newest } = store.log(channelId);
  if (!newest) return;
  const page = await api.get(`/channels/${channelId}/messages?limit=${PAGE}&after=${newest.id}`);
  take(store, channelId, page, { hasNewer: page.length === PAGE });
}

/** Loads the stretch around one message, for a jump into the past. */
export async function loadAround({ api, store }, channelId, messageId) {
  const page = await api.get(`/channels/${channelId}/messages?limit=${PAGE}&around=${messageId}`);
  const last = store.channels.get(channelId)?.last_message_id;
  const hasNewer = Boolean(last) && !page.some((message) => message.id === last);
  take(store, channelId, page, { replace: true, hasOlder: true, hasNewer });
}

function take(store, channelId, page, { replace = false, hasOlder, hasNewer }) {
  const log = store.log(channelId);
  for (const message of page) store.learnUser(message.author);
  log.merge(page, { replace });
  if (hasOlder !== undefined) log.hasOlder = hasOlder;
  if (hasNewer !== undefined) log.hasNewer = hasNewer;
  store.emit(`log:${channelId}`);
}
