// The one event stream of a tab. It is closed while the tab is hidden, as a browser has few
// connections to a server, and goes on from the last event when the tab is seen again.

const target = new EventTarget();
let source = null;
let last = document.body.dataset.since ?? '';
let silent = null;

export function on(kind, listener) {
  target.addEventListener(kind, (event) => listener(event.detail));
}

export function start() {
  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : open()));
  addEventListener('pagehide', stop);
  addEventListener('pageshow', (event) => event.persisted && open());
  open();
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource(`/v1/events${last && `?since=${last}`}`);
  for (const kind of ['video', 'deleted', 'ready']) {
    source.addEventListener(kind, (event) => {
      last = event.lastEventId;
      target.dispatchEvent(new CustomEvent(kind, { detail: JSON.parse(event.data) }));
    });
  }
  source.onopen = () => offline(false);
  source.onerror = async () => {
    const given = source;
    offline(true);
    if (given?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    // A refusal: it gives up. Find out why.
    stop();
    const response = await fetch('/v1/session').catch(() => null);
    if (response?.status === 401) location.reload();
    else setTimeout(open, 1500);
  };
}

function stop() {
  source?.close();
  source = null;
}

function offline(is) {
  clearTimeout(silent);
  const line = document.getElementById('offline');
  if (is) silent = setTimeout(() => (line.hidden = false), 700);
  else line.hidden = true;
}
