// How a map looks: light and dark, on a screen and on paper. Each sign differs by its shape, not by its colour
// alone.

export const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d5dae0; --head: #f3f5f7;
  --h: #0b5cad; --h-back: #d8e9fb; --i: #1a6e35; --r: #7a4500; --r-back: #fdebd0; --b: #b3202a; --b-back: #fbe3e4;
  --s: #5b4a8a; --s-back: #ece8f6; --focus: #0b5cad; --new: #fff3b0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e7eaee; --soft: #a3adb8; --line: #363d46;
  --head: #1d2127; --h: #7cbcff; --h-back: #12365c; --i: #6fd08c; --r: #ffbe6b; --r-back: #4a3210; --b: #ff8f96;
  --b-back: #4f1c20; --s: #bfaef0; --s-back: #322a4c; --focus: #7cbcff; --new: #4d4410; } }
* { box-sizing: border-box; }
html { height: 100%; }
body { margin: 0; height: 100%; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
  font: 14px/1.4 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
header { padding: 14px 16px 0; } h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere; }
header p, .keys { margin: 2px 0 0; color: var(--soft); }
main { flex: 1; min-height: 0; display: flex; flex-direction: column; padding: 10px 16px 12px; }
.tools { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
button, input { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: 6px; padding: 4px 10px; }
.tools button { cursor: pointer; } .tools button[aria-pressed="true"] { border-color: var(--ink);
  background: var(--head); box-shadow: inset 0 0 0 1px var(--ink); }
.tools label { margin-left: auto; } .tools input { width: 16em; max-width: 50vw; margin-left: 4px; }
output { color: var(--soft); } output:empty { display: none; }
.k { display: inline-block; width: 9px; height: 9px; margin-right: 6px; border: 1px solid currentColor; }
.k.all { display: none; } .k.held { background: var(--h); border-radius: 50%; } .k.free { border-color: var(--i);
  border-radius: 50%; border-width: 2px; } .k.persistent { background: var(--r); transform: rotate(45deg); }
.k.undecided { border: 2px dotted var(--s); } .k.twice { border-style: double; border-width: 3px; }
.k.changed { background: var(--new); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 10px 0; padding: 0;
  color: var(--soft); }
.legend i { display: inline-block; width: 22px; height: 22px; line-height: 20px; text-align: center;
  margin-right: 6px; border: 1px solid var(--line); border-radius: 3px; vertical-align: middle; }
i { font-style: normal; }
#map { overflow: auto; flex: 0 1 auto; min-height: 8em; border: 1px solid var(--line); border-radius: 6px;
  position: relative; width: fit-content; max-width: 100%; }
table { border-collapse: separate; border-spacing: 0; }
th, td { height: 30px; padding: 0 8px; border: 0 solid var(--line); border-width: 0 1px 1px 0; white-space: nowrap;
  text-align: left; font-weight: normal; }
thead th { position: sticky; top: 0; z-index: 2; background: var(--head); font-weight: 600; vertical-align: bottom;
  padding: 4px 0; }
thead button { border: 0; background: none; padding: 2px 8px; font-weight: inherit; cursor: pointer; width: 100%;
  text-align: left; }
thead th[aria-sort="ascending"] button::after { content: " \\25b2"; font-size: 9px; }
thead th[aria-sort="descending"] button::after { content: " \\25bc"; font-size: 9px; }
thead .host { text-align: center; } thead .host button { text-align: center; min-width: 44px; }
.many thead .host button { writing-mode: vertical-rl; transform: rotate(180deg); padding: 8px 2px; min-width: 0;
  max-height: 15em; overflow: hidden; text-overflow: ellipsis; text-align: left; width: auto; }
.lun { position: sticky; left: 0; z-index: 1; background: var(--paper); width: 300px; min-width: 300px;
  max-width: 300px; overflow: hidden; text-overflow: ellipsis; }
thead .lun { z-index: 3; background: var(--head); }
.lun small { color: var(--soft); margin-left: 6px; font-size: 12px; }
.state { min-width: 120px; max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
.holder { min-width: 90px; max-width: 180px; overflow: hidden; text-overflow: ellipsis; }
.c { width: 30px; min-width: 30px; padding: 0; text-align: center; cursor: pointer; font-size: 16px; line-height: 1; }
tbody [tabindex] { cursor: pointer; }
.h { color: var(--h); background: var(--h-back); font-weight: 700; } .i { color: var(--i); }
.r { color: var(--r); background: var(--r-back); } .b { color: var(--b); background: var(--b-back); font-weight: 700; }
.v { color: var(--soft); } .s { color: var(--s); background: var(--s-back); font-weight: 700; }
.n { color: var(--soft); }
tbody tr:hover > * { box-shadow: inset 0 1px var(--soft), inset 0 -1px var(--soft); }
.state.new, .state.gone, .state.changed { background: var(--new); } tr.gone .lun { text-decoration: line-through; }
.diff { outline: 2px dashed var(--ink); outline-offset: -3px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: -2px; }
.many .host { width: 30px; min-width: 30px; max-width: 30px; } .gap { padding: 0; }
tr.pad > td { padding: 0; border: 0; }
.none { padding: 12px; color: var(--soft); }
dialog { width: min(680px, 94vw); max-height: 86vh; color: inherit; background: var(--paper);
  border: 1px solid var(--soft); border-radius: 8px; padding: 0; }
dialog[open] { display: flex; flex-direction: column; } dialog::backdrop { background: rgb(0 0 0 / .4); }
dialog form { display: flex; gap: 8px; align-items: start; justify-content: space-between; padding: 12px 16px;
  border-bottom: 1px solid var(--line); } h2 { font-size: 16px; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 14px; margin: 14px 0 4px; }
#details-body { overflow: auto; padding: 4px 16px 16px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 14px; margin: 8px 0; } dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
@media print { :root { --paper: #fff; --ink: #000; --soft: #333; --line: #999; --head: #fff; --h: #000; --i: #000;
  --r: #000; --b: #000; --s: #000; --h-back: #fff; --r-back: #fff; --b-back: #fff; --s-back: #fff; --new: #fff; }
  html, body { height: auto; display: block; font-size: 10px; } main { display: block; } #map { overflow: visible;
  border: 0; max-height: none; } .tools, .keys, dialog { display: none !important; } th, td { height: 20px;
  padding: 0 4px; } thead th, .lun { position: static; } tr { break-inside: avoid; } thead { display: table-header-group; }
  .lun { min-width: 150px; width: auto; max-width: 300px; white-space: normal; } .lun small { font-size: 10px; }
  .counts { white-space: normal; } .c { min-width: 18px; width: 18px; }
  .c.h { outline: 2px solid #000; outline-offset: -2px; } .state, .holder { min-width: 0; white-space: normal; } }
`;
