// Numbers that cannot be: what is wrong with them, in words, beside the control.

/** Return what is wrong with a number in words; empty if it can be taken. */
export function amiss(number) {
  const written = (text) => (number.classList.contains("year") ? text : Number(text).toLocaleString("en", { maximumFractionDigits: 6 })).replace("-", "−");
  const give = `give ${number.step === "1" ? "a whole number from " : ""}${written(number.min)} to ${written(number.max)}.`;
  if (number.value === "") return `No number was given: ${give}`;
  const { rangeUnderflow, rangeOverflow, stepMismatch } = number.validity;
  if (!rangeUnderflow && !rangeOverflow && !stepMismatch) return "";
  return `${written(number.value)} cannot be taken: ${give}`;
}

/** Say something beside a control. */
export function hint(control, words) {
  for (let place = control.parentElement; place; place = place.parentElement) {
    const there = place.querySelector(":scope > .hint");
    if (there) return void (there.textContent = words);
  }
}
