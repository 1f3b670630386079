// The picture of a film while it is rendered. Events say when there is one.

const EVERY = 2500; // milliseconds; the server renews it every two seconds
const asked = new WeakMap();

// Shows the latest picture of a video in a place, if it is time for one. In its last second it is not
// worth a request: it is gone when the film is finished.
export async function preview(place, video) {
  const ending = typeof video.eta_seconds === 'number' && video.eta_seconds < 1;
  if (!place || !video.preview || ending || Date.now() - (asked.get(place) ?? 0) < EVERY) return;
  asked.set(place, Date.now());
  const image = new Image();
  image.alt = '';
  image.src = `/v1/videos/${video.id}/preview?at=${Date.now()}`;
  // Put in place when it can be painted, so that nothing flickers.
  const there = await image.decode().then(() => true, () => false);
  if (there) place.replaceChildren(image);
}
