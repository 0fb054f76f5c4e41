// Lists that are told anew keep their elements: a press that has begun on a button still ends on
// it, and what is focused stays so, although a list changes in between.

/** Let a list hold the rows given; rows and elements that it had are changed in place. */
export function showRows(list, rows) {
  rows.forEach((row, index) => {
    const old = list.children[index];
    if (!old) list.append(row);
    else if (!become(old, row)) old.replaceWith(row);
  });
  while (list.children.length > rows.length) list.lastElementChild.remove();
}

/** Make an element say what another one says; false if they are not built alike. */
function become(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.childNodes.length !== fresh.childNodes.length) return false;
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return true;
  }
  const typing = old === document.activeElement && old.dataset.sent === undefined && old.getAttribute("value") === fresh.getAttribute("value");
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.nodeName === "INPUT" && old.value !== fresh.value && !typing) old.value = fresh.value;
  [...old.childNodes].forEach((child, index) => {
    const other = fresh.childNodes[index];
    if (!become(child, other)) child.replaceWith(other.cloneNode(true));
  });
  if (old.nodeName === "SELECT" && old.value !== fresh.value) old.value = fresh.value;
  return true;
}
