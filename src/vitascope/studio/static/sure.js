// A button that asks once more: the first press changes its words for some seconds, the second does it.

const SECONDS = 5;

export function sure(button, words) {
  if (button.dataset.asked) return true;
  const text = button.textContent;
  button.dataset.asked = 'yes';
  button.textContent = words;
  setTimeout(() => {
    delete button.dataset.asked;
    button.textContent = text;
  }, SECONDS * 1000);
  return false;
}
