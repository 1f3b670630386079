// <vs-scrub>: shows the moments of a video from its spritesheet, under the pointer or in turn.

const COLUMNS = 10;
const still = matchMedia('(prefers-reduced-motion: reduce)');

class Scrub extends HTMLElement {
  connectedCallback() {
    const host = this.closest('a') ?? this;
    host.addEventListener('pointerenter', (event) => event.pointerType === 'mouse' && this.show());
    host.addEventListener('pointermove', (event) => event.pointerType === 'mouse' && this.follow(event));
    host.addEventListener('pointerleave', () => this.hide());
    host.addEventListener('focus', () => this.run());
    host.addEventListener('blur', () => this.hide());
    if ('plays' in this.dataset) watcher.observe(this);
  }

  // By itself, while it is in sight and the reader has not asked for stillness.
  async play() {
    this.playing = true;
    await this.show();
    if (this.view && this.playing) this.tick();
  }

  rest() {
    if (!this.playing) return; // the pointer may be showing it
    this.playing = false;
    this.hide();
  }

  async show() {
    if (!this.sheet) {
      const image = new Image();
      image.src = this.dataset.sheet;
      this.sheet = image.decode().then(() => image, () => null);
    }
    this.wanted = true;
    const image = await this.sheet;
    if (!image || !this.wanted || this.view) return;
    this.view = document.createElement('div');
    this.view.className = 'sheet';
    this.view.style.backgroundImage = `url("${image.src}")`;
    this.needle = document.createElement('div');
    this.needle.className = 'needle';
    this.append(this.view, this.needle);
    const cells = Number(this.dataset.cells);
    const columns = Math.min(COLUMNS, cells);
    const cell = { width: image.naturalWidth / columns, height: image.naturalHeight / Math.ceil(cells / columns) };
    // A cell is shown whole, as the thumbnail below it is.
    const box = this.getBoundingClientRect();
    const scale = Math.min(box.width / cell.width, box.height / cell.height);
    this.place = { columns, cells, width: cell.width * scale, height: cell.height * scale };
    this.view.style.width = `${this.place.width}px`;
    this.view.style.height = `${this.place.height}px`;
    this.view.style.backgroundSize = `${image.naturalWidth * scale}px ${image.naturalHeight * scale}px`;
    this.at(this.share ?? 0);
  }

  follow(event) {
    const box = this.getBoundingClientRect();
    this.share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.999);
    if (this.view) this.at(this.share);
  }

  at(share) {
    const { columns, cells, width, height } = this.place;
    const cell = Math.floor(share * cells);
    const left = (cell % columns) * width;
    const top = Math.floor(cell / columns) * height;
    this.view.style.backgroundPosition = `${-left}px ${-top}px`;
    this.needle.style.transform = `scaleX(${(cell + 1) / cells})`;
    this.dataset.cell = cell;
  }

  async run() {
    if (!this.closest('a')?.matches(':focus-visible')) return;
    await this.show();
    if (this.view && !still.matches) this.tick();
  }

  tick() {
    cancelAnimationFrame(this.frame);
    const begun = performance.now();
    const step = (now) => {
      if (!this.view) return;
      if (this.share === undefined || this.share === null) this.at(((now - begun) / 1000 / 4) % 1);
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  hide() {
    this.wanted = false;
    cancelAnimationFrame(this.frame);
    this.view?.remove();
    this.needle?.remove();
    this.view = this.share = null;
    delete this.dataset.cell;
    if (this.playing) this.play();
  }
}

let held = still.matches;
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    target.inSight = isIntersecting;
    if (isIntersecting && !held) target.play();
    else target.rest();
  }
});

// The button that holds the films of a family tree still.
export function stillness(button) {
  const show = () => button.setAttribute('aria-pressed', String(held));
  button.addEventListener('click', () => {
    held = !held;
    show();
    for (const each of document.querySelectorAll('vs-scrub[data-plays]')) {
      if (held || !each.inSight) each.rest();
      else each.play();
    }
  });
  show();
}

customElements.define('vs-scrub', Scrub);
