import { closeOnBackdrop } from "./about";
import { byId } from "./dom";
import { list, listen, type Shortcut } from "./shortcuts";

/** What keys do that no button of the page does. */
export interface KeyActions {
  pen(): void;
  eraser(): void;
  bucket(): void;
  widen(by: number): void;
  undo(): void;
  redo(): void;
  escape(): void;
}

/** Sets up the page's shortcuts and the dialog that lists them. */
export function setUpKeys(actions: KeyActions): void {
  const dialog = byId<HTMLDialogElement>("keys-dialog");
  closeOnBackdrop(dialog);
  const open = () => dialog.showModal();
  byId("open-keys").addEventListener("click", open);
  const press = (id: string) => () => {
    const button = byId<HTMLButtonElement>(id);
    if (button.checkVisibility()) button.click(); // what the model has no use for is not shown
  };
  const shortcuts: Shortcut[] = [
    { keys: ["p"], text: "Pen", act: actions.pen },
    { keys: ["e"], text: "Eraser", act: actions.eraser },
    { keys: ["f"], text: "Bucket, where there are several pens", act: actions.bucket },
    { keys: ["["], text: "Finer line", act: () => actions.widen(-1) },
    { keys: ["]"], text: "Wider line", act: () => actions.widen(1) },
    { keys: ["ctrl+z"], label: "Ctrl Z", text: "Undo", act: actions.undo },
    { keys: ["ctrl+shift+z", "ctrl+y"], label: "Ctrl Shift Z", text: "Redo", act: actions.redo },
    { keys: ["x"], text: "Clear the sheet", act: press("clear") },
    { keys: ["o"], text: "Open a picture", act: press("open") },
    { keys: ["n"], text: "New seed", act: press("new-seed") },
    { keys: ["m"], text: "More styles", act: press("more") },
    { keys: ["s"], text: "Style from a picture", act: press("style-image") },
    { keys: ["d"], text: "Download the picture", act: press("download") },
    { keys: ["k"], text: "Keep the blend", act: press("keep") },
    { keys: ["?"], text: "These shortcuts", act: open },
    { keys: ["Escape"], label: "Esc", text: "Leave A or B as it is", act: actions.escape },
  ];
  listen(shortcuts);
  list([
    ...shortcuts,
    { label: "← →", text: "On the drawing: the samples" },
    { label: "← ↑ → ↓", text: "Among the styles: move" },
    { label: "L", text: "Among the styles: lock" },
    { label: "B", text: "Among the styles: make it end B of the blend (or Shift and click)" },
  ]);
}
