// A cross on a picture of a film: which of the things in it is meant. Tapped, or moved by arrow keys.

const STEP = 0.02; // of the frame for a key press, and five times that with Shift
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function aim(form, video, changed = () => {}) {
  const pad = form.querySelector('[data-aim]');
  const cross = pad.querySelector('.cross');
  const said = form.querySelector('#aim-said');
  const ask = said.textContent;
  let point = null;

  // Where the film is in the pad, which may be wider or higher.
  const film = () => {
    const box = pad.getBoundingClientRect();
    const [wide, high] = [video.videoWidth || box.width, video.videoHeight || box.height];
    const scale = Math.min(box.width / wide, box.height / high);
    const [width, height] = [wide * scale, high * scale];
    return { box, width, height, left: (box.width - width) / 2, top: (box.height - height) / 2 };
  };
  const show = () => {
    cross.hidden = !point;
    said.textContent = ask;
    if (!point) return;
    const { left, top, width, height } = film();
    cross.style.left = `${left + point.x * width}px`;
    cross.style.top = `${top + point.y * height}px`;
    said.textContent = `The cross is ${Math.round(point.x * 100)} % across and ${Math.round(point.y * 100)} % down. What is there is cut out.`;
  };
  const inside = (share) => Number(Math.min(Math.max(share, 0), 1).toFixed(3));
  const place = (x, y) => {
    point = { x: inside(x), y: inside(y), at: Number(video.currentTime.toFixed(3)) };
    show();
    changed();
  };
  pad.addEventListener('click', (event) => {
    if (!event.detail) return place(point?.x ?? 0.5, point?.y ?? 0.5); // by a key
    const { box, left, top, width, height } = film();
    place((event.clientX - box.left - left) / width, (event.clientY - box.top - top) / height);
  });
  video.addEventListener('loadedmetadata', show);
  addEventListener('resize', show);
  pad.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && point) {
      point = null;
      show();
      changed();
    }
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 * STEP : STEP;
    const [across, down] = STEPS[event.key];
    place((point?.x ?? 0.5) + across * far, (point?.y ?? 0.5) + down * far);
  });
  return {
    point: () => point,
    set: (known) => ((point = known), show()),
    clear: () => ((point = null), show()),
  };
}
