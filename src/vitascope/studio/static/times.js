// Moments in the reader's own time.

const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

export function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    time.textContent = short.format(new Date(time.dateTime));
  }
}
