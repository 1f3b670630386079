// <vs-player>: frame steps, loop, a repeated span, speed. <vs-wipe>: two videos in step.

export function clock(seconds) {
  const whole = Math.max(0, seconds || 0);
  const minutes = Math.floor(whole / 60);
  const rest = Math.floor((whole - minutes * 60) * 100) / 100;
  return `${minutes}:${rest.toFixed(2).padStart(5, '0')}`;
}

const ICONS = { play: 'M8 5.5v13l10.500-6.500z', pause: 'M8.500 5.500v13M15.500 5.500v13' };

class Playing extends HTMLElement {
  find(name) {
    return this.querySelector(`[data-${name}]`);
  }

  get video() {
    return this.querySelector('video');
  }

  connectedCallback() {
    const { video } = this;
    this.find('play').addEventListener('click', () => this.toggle());
    for (const kind of ['play', 'pause']) video.addEventListener(kind, () => this.showPlaying());
    for (const kind of ['timeupdate', 'seeked', 'loadedmetadata']) video.addEventListener(kind, () => this.showTime());
    this.find('seek').addEventListener('input', (event) => {
      if (video.duration) this.seek((event.target.value / 1000) * video.duration);
    });
    if (video.readyState) this.showTime();
  }

  toggle() {
    if (this.video.paused) this.video.play();
    else this.video.pause();
  }

  seek(seconds) {
    this.video.currentTime = Math.min(Math.max(seconds, 0), this.video.duration || 0);
  }

  showPlaying() {
    const playing = !this.video.paused;
    const button = this.find('play');
    button.setAttribute('aria-label', playing ? 'Pause' : 'Play');
    button.querySelector('path').setAttribute('d', playing ? ICONS.pause : ICONS.play);
    cancelAnimationFrame(this.ticking);
    const tick = () => {
      this.showTime();
      if (!this.video.paused) this.ticking = requestAnimationFrame(tick);
    };
    tick();
  }

  showTime() {
    const { currentTime, duration } = this.video;
    const share = duration ? currentTime / duration : 0;
    const seek = this.find('seek');
    if (seek !== document.activeElement || !this.video.paused) seek.value = share * 1000;
    seek.style.setProperty('--at', `${share * 100}%`);
    seek.setAttribute('aria-valuetext', `${clock(currentTime)} of ${clock(duration)}`);
    this.find('time').textContent = `${clock(currentTime)} / ${clock(duration)}`;
  }
}

class Player extends Playing {
  connectedCallback() {
    super.connectedCallback();
    const { video } = this;
    this.from = this.to = null;
    video.addEventListener('click', () => this.toggle());
    for (const button of this.querySelectorAll('[data-step]')) {
      button.addEventListener('click', () => this.step(Number(button.dataset.step)));
    }
    this.press('loop', () => (video.loop = !video.loop));
    this.press('mute', () => (video.muted = !video.muted));
    this.find('ab').addEventListener('click', () => this.span());
    this.find('speed').addEventListener('change', (event) => (video.playbackRate = Number(event.target.value)));
    this.find('full').addEventListener('click', () => this.full());
    document.addEventListener('keydown', (event) => this.key(event));
  }

  press(name, change) {
    const button = this.find(name);
    button.addEventListener('click', () => button.setAttribute('aria-pressed', String(change())));
  }

  step(frames) {
    this.video.pause();
    const fps = Number(this.dataset.fps);
    // To the middle of a frame: its borders are not exact in a float.
    this.seek((Math.floor(this.video.currentTime * fps + 0.001) + frames + 0.5) / fps);
  }

  span() {
    const now = this.video.currentTime;
    if (this.from === null) this.from = now;
    else if (this.to === null && now > this.from) this.to = now;
    else this.from = this.to = null;
    const button = this.find('ab');
    button.lastElementChild.textContent = this.from === null ? 'A–B' : this.to === null ? 'A–…' : 'A–B';
    button.setAttribute('aria-pressed', String(this.from !== null));
    const mark = this.querySelector('.span');
    mark.hidden = this.from === null;
    const duration = this.video.duration || 1;
    mark.style.left = `${(100 * (this.from ?? 0)) / duration}%`;
    mark.style.width = `${(100 * ((this.to ?? this.from ?? 0) - (this.from ?? 0))) / duration}%`;
  }

  showTime() {
    if (this.to && this.video.currentTime >= this.to) this.video.currentTime = this.from;
    super.showTime();
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.requestFullscreen) this.requestFullscreen();
    else this.video.webkitEnterFullscreen?.(); // an iPhone enlarges nothing but films
  }

  key(event) {
    if (event.target.matches('input:not([type=range]), textarea, select') || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target.matches('button, a, [tabindex="0"]');
    const keys = {
      k: () => this.toggle(),
      ',': () => this.step(-1),
      '.': () => this.step(1),
      l: () => this.find('loop').click(),
      b: () => this.span(),
      m: () => this.find('mute').click(),
      f: () => this.full(),
    };
    if (event.key === ' ' && !onButton) keys.k();
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  }
}

class Wipe extends Playing {
  connectedCallback() {
    super.connectedCallback();
    const wipe = this.find('wipe');
    wipe.addEventListener('input', () => this.wipe(Number(wipe.value)));
    for (const kind of ['pointerdown', 'pointermove']) {
      this.querySelector('.wipe').addEventListener(kind, (event) => {
        const box = event.currentTarget.getBoundingClientRect();
        wipe.value = (100 * (event.clientX - box.left)) / box.width;
        this.wipe(Number(wipe.value));
      });
    }
    const [first, second] = this.querySelectorAll('video');
    first.addEventListener('ended', () => second.pause());
    this.wipe(50);
  }

  wipe(percent) {
    const [, upper] = this.querySelectorAll('video');
    upper.style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
    this.querySelector('.edge').style.left = `${percent}%`;
    this.find('wipe').setAttribute('aria-valuetext', `A ${Math.round(percent)} %, B ${Math.round(100 - percent)} %`);
  }

  toggle() {
    super.toggle();
    this.follow();
  }

  seek(seconds) {
    super.seek(seconds);
    this.querySelectorAll('video')[1].currentTime = this.video.currentTime;
  }

  showPlaying() {
    super.showPlaying();
    this.follow();
  }

  follow() {
    const other = this.querySelectorAll('video')[1];
    if (this.video.paused) other.pause();
    else other.play();
  }

  showTime() {
    const other = this.querySelectorAll('video')[1];
    // More than two frames apart: brought back in step.
    if (Math.abs(other.currentTime - this.video.currentTime) > 0.08 && this.video.currentTime < other.duration) {
      other.currentTime = this.video.currentTime;
    }
    super.showTime();
  }
}

customElements.define('vs-player', Player);
customElements.define('vs-wipe', Wipe);
