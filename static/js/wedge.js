// A scanner that types ("keyboard wedge") sends the separator FNC1 as Ctrl+], which a text field drops. This puts U+001D into the field
// instead, and keeps the field ready for the next scan. Without JavaScript the page works too; the server then diagnoses the lost separator.
"use strict";

const SEPARATOR = "\u001d";

function insert(field, text) {
  field.setRangeText(text, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
}

function isSeparator(event) {
  return (event.ctrlKey && (event.key === "]" || event.code === "BracketRight")) || event.key === "F8";
}

for (const field of document.querySelectorAll("[data-wedge]")) {
  field.addEventListener("keydown", (event) => {
    if (isSeparator(event)) {
      event.preventDefault();
      insert(field, SEPARATOR);
    }
  });
  if (field.hasAttribute("data-focus") && !window.matchMedia("(pointer: coarse)").matches) {
    field.focus();
    field.select();
  }
}
