// Moving a row of a list by its handle, with a mouse, a pen or a finger.

const EDGE = 64; // pixels from the window's border where the page scrolls along
const QUICK = 120;
const still = matchMedia('(prefers-reduced-motion: reduce)');

// Lets the rows of `line(row)` change places; `dropped(row)` is called when the order has changed,
// `left()` when the row has been let go of without a change.
export function drag(list, { line, dropped, left }) {
  let held = null;

  // Places are those of the layout, from the top of the list, which is positioned: a row that is still moving to its place counts as being there.
  const follow = () => {
    const { row, pointer } = held;
    if (!row.isConnected) {
      end(false);
      return;
    }
    const top = pointer - held.grip - list.getBoundingClientRect().top;
    for (;;) {
      const rows = line(row);
      const at = rows.indexOf(row);
      const [before, after] = [rows[at - 1], rows[at + 1]];
      if (after && top + row.offsetHeight > middle(after)) pass(after, row);
      else if (before && top < middle(before)) pass(before, row.nextSibling);
      else break;
    }
    row.style.transform = `translateY(${top - row.offsetTop}px)`;
  };
  // The other row moves, because the one that is held would lose the pointer.
  const pass = (other, reference) => {
    const top = other.offsetTop;
    list.insertBefore(other, reference);
    const by = top - other.offsetTop;
    if (!still.matches) other.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }], QUICK);
  };
  const scroll = () => {
    if (!held) return;
    const { pointer, from } = held;
    const by = Math.min(pointer - EDGE, 0) || Math.max(pointer - innerHeight + EDGE, 0);
    if (by * (pointer - from) > 0) {
      scrollBy(0, by / 4);
      follow();
    }
    requestAnimationFrame(scroll);
  };
  const end = (changes) => {
    if (!held) return;
    const { row, order } = held;
    held = null;
    row.classList.remove('dragged');
    row.style.transform = '';
    const rows = line(row);
    if (changes && rows.some((each, index) => each !== order[index])) dropped(row);
    else left();
  };

  list.addEventListener('pointerdown', (event) => {
    const grip = event.target.closest('[data-grip]');
    if (!grip || held || event.button !== 0) return;
    event.preventDefault(); // no text is marked
    const row = grip.closest('li');
    const from = event.clientY;
    held = { row, order: line(row), from, pointer: from, grip: from - row.getBoundingClientRect().top };
    grip.setPointerCapture(event.pointerId);
    row.classList.add('dragged');
    requestAnimationFrame(scroll);
  });
  list.addEventListener('pointermove', (event) => {
    if (!held) return;
    held.pointer = event.clientY;
    follow();
  });
  list.addEventListener('pointerup', () => end(true));
  for (const kind of ['pointercancel', 'lostpointercapture']) list.addEventListener(kind, () => end(false));
  document.addEventListener('keydown', (event) => event.key === 'Escape' && end(false));
}

const middle = (row) => row.offsetTop + row.offsetHeight / 2;
