// The style of a map: light and dark, on a screen and on paper. Signs differ by shape, not only by colour.

export const style = `
:root { color-scheme: light dark; --paper: #fff; --card: #fff; --ink: #17202a; --soft: #56616d; --line: #e3e7ec;
  --edge: #cbd2d9; --back: #f5f7f9; --head: #f5f7f9; --h: #0a5ab4; --h-ink: #fff; --h-back: #e3eefb; --i: #18703a;
  --i-back: #e7f5ec; --r: #804b00; --r-back: #fdf0d8; --b: #b3202a; --b-back: #fdeaea; --s: #5d4797;
  --s-back: #efeaf9; --n-back: #f7f8fa; --focus: #0a5ab4; --new: #fff3b8; --new-ink: #17202a; }
@media (prefers-color-scheme: dark) { :root { --paper: #0f1317; --card: #161b20; --ink: #e8ecf0; --soft: #9eabb8;
  --line: #262d35; --edge: #3a444f; --back: #0f1317; --head: #1b2128; --h: #7fbdff; --h-ink: #06203c; --h-back: #16324f;
  --i: #74d394; --i-back: #15321f; --r: #ffc16e; --r-back: #40300f; --b: #ff979d; --b-back: #45191d; --s: #c4b4f4;
  --s-back: #2e2748; --n-back: #191f25; --focus: #7fbdff; --new: #544a10; --new-ink: #fff6cf; } }
* { box-sizing: border-box; }
html { height: 100%; }
body { margin: 0; height: 100%; display: flex; flex-direction: column; background: var(--back); color: var(--ink);
  font: 14px/1.45 "Segoe UI Variable Text", "Segoe UI", Inter, system-ui, "Liberation Sans", Arial, sans-serif;
  font-variant-ligatures: no-contextual; }
i { font-style: normal; }
header { padding: 22px 24px 0; }
h1 { font-size: 24px; font-weight: 650; line-height: 1.25; letter-spacing: -.01em; margin: 0; overflow-wrap: anywhere; }
header p { margin: 3px 0 0; color: var(--soft); }
main { flex: 0 1 auto; min-height: 0; display: flex; flex-direction: column; padding: 16px 24px 18px; gap: 14px; }
button, input { font: inherit; color: inherit; }
.tools { display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-end; }
.tools button { cursor: pointer; min-width: 84px; padding: 7px 14px 8px 12px; text-align: left; color: var(--soft);
  background: var(--card); border: 1px solid var(--edge); border-radius: 9px; }
.tools b { display: block; color: var(--ink); font-size: 22px; font-weight: 650; line-height: 1.15;
  font-variant-numeric: tabular-nums; }
.tools button.zero b { color: var(--soft); font-weight: 400; }
.tools button:hover { border-color: var(--soft); }
.tools button[aria-pressed="true"] { color: var(--ink); border-color: var(--focus);
  box-shadow: inset 0 0 0 1px var(--focus); }
.find { margin-left: auto; display: flex; flex-direction: column; gap: 3px; align-items: flex-end; }
.find label { color: var(--soft); }
.find input { width: 15em; max-width: 60vw; margin-left: 6px; padding: 6px 10px; color: var(--ink);
  background: var(--card); border: 1px solid var(--edge); border-radius: 8px; }
output { color: var(--soft); } output:empty { display: none; }
.k { display: inline-block; flex: none; width: 10px; height: 10px; margin-right: 7px; border: 2px solid var(--soft);
  print-color-adjust: exact; }
.k.all { display: none; } .k.held { border-color: var(--h); background: var(--h); border-radius: 50%; }
.k.free { border-color: var(--i); border-radius: 50%; }
.k.persistent { width: 9px; height: 9px; border-color: var(--r); background: var(--r); transform: rotate(45deg); }
.k.undecided { border-color: var(--s); border-radius: 50%;
  background: linear-gradient(90deg, var(--s) 50%, transparent 50%); }
.k.twice { border: 3px double var(--soft); }
.k.changed { border-color: var(--soft); background: var(--new); }
#map { overflow: auto; flex: 0 1 auto; background: var(--card); border: 1px solid var(--edge);
  border-radius: 10px; position: relative; width: fit-content; min-width: min(100%, 1040px); max-width: 100%; }
table { border-collapse: separate; border-spacing: 0; min-width: 100%; }
th, td { height: 36px; padding: 0 12px; border: 0; border-bottom: 1px solid var(--line); white-space: nowrap;
  text-align: left; font-weight: normal; }
thead th { position: sticky; top: 0; z-index: 2; background: var(--head); border-bottom-color: var(--edge);
  color: var(--soft); font-size: 13px; font-weight: 600; vertical-align: bottom; padding: 2px 0; }
thead button { border: 0; background: none; padding: 6px 12px; font-weight: inherit; cursor: pointer; width: 100%;
  text-align: left; }
thead button:hover { color: var(--ink); }
thead th[aria-sort] { color: var(--ink); }
thead th[aria-sort="ascending"] > ::after { content: " \\25b2"; font-size: 9px; }
thead th[aria-sort="descending"] > ::after { content: " \\25bc"; font-size: 9px; }
thead .host { text-align: center; } thead .host button { text-align: center; min-width: 52px; padding: 6px 10px; }
.many thead .host button { writing-mode: vertical-rl; transform: rotate(180deg); padding: 8px 3px; min-width: 0;
  max-height: 15em; overflow: hidden; text-overflow: ellipsis; text-align: left; width: auto; }
.lun { position: sticky; left: 0; z-index: 1; background: var(--card); width: 290px; min-width: 290px;
  max-width: 290px; overflow: hidden; text-overflow: ellipsis; }
tbody .lun { font-weight: 550; }
thead .lun { z-index: 3; background: var(--head); }
.lun small { color: var(--soft); margin-left: 8px; font-size: 12px; font-weight: 400; }
.state { min-width: 130px; max-width: 270px; overflow: hidden; text-overflow: ellipsis; }
.holder { min-width: 96px; max-width: 200px; overflow: hidden; text-overflow: ellipsis; }
tbody .holder { font-weight: 550; } tbody .holder.key { color: var(--soft); font-size: 12px; font-weight: 400; }
tbody [tabindex] { cursor: pointer; }
.c { width: 36px; min-width: 36px; padding: 0; text-align: center; font: 16px/1 "Segoe UI Symbol", "DejaVu Sans",
  sans-serif; border: 2px solid transparent; border-radius: 8px; background-clip: padding-box; }
.g { display: inline-flex; align-items: center; justify-content: center; width: 26px; height: 22px; margin-right: 7px;
  border: 1px solid transparent; border-radius: 6px; font: 14px/1 "Segoe UI Symbol", "DejaVu Sans", sans-serif; }
.h { color: var(--h-ink); background-color: var(--h); } .i { color: var(--i); background-color: var(--i-back); }
.r { color: var(--r); background-color: var(--r-back); }
.b { color: var(--b); background-color: var(--b-back); font-weight: 700; } .v { color: var(--soft); }
.s { color: var(--s); background-color: var(--s-back); font-weight: 700; } .n { color: var(--soft);
  background-color: var(--n-back); }
.g.v, .g.n { border-color: var(--edge); }
tbody tr:hover > .lun, tbody tr:hover > .state, tbody tr:hover > .holder { background-color: var(--head); }
.state.new, .state.gone, .state.changed { color: var(--new-ink); background-color: var(--new); }
tr.gone .lun { text-decoration: line-through; }
.diff { outline: 2px dashed var(--ink); outline-offset: -5px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: -2px; }
.c.h:focus-visible { outline-color: var(--ink); }
.many .host { width: 30px; min-width: 30px; max-width: 30px; } .gap { padding: 0; }
.many .c { width: 30px; min-width: 30px; max-width: 30px; }
tr.pad > td { padding: 0; border: 0; height: auto; }
.none { margin: 0; padding: 14px; color: var(--soft); }
footer { padding: 0 24px 16px; color: var(--soft); }
footer p { margin: 6px 0 0; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 0; padding: 0; }
.legend li { display: flex; align-items: center; }
dialog { width: min(720px, 94vw); max-height: 86vh; color: inherit; background: var(--card);
  border: 1px solid var(--edge); border-radius: 12px; padding: 0; box-shadow: 0 12px 40px rgb(0 0 0 / .3); }
dialog[open] { display: flex; flex-direction: column; } dialog::backdrop { background: rgb(0 0 0 / .45); }
dialog form { display: flex; gap: 12px; align-items: center; justify-content: space-between; padding: 14px 20px;
  border-bottom: 1px solid var(--line); }
dialog button { cursor: pointer; width: 32px; height: 32px; padding: 0; font-size: 18px; line-height: 1;
  background: none; border: 1px solid var(--edge); border-radius: 8px; }
h2 { font-size: 17px; font-weight: 650; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 14px; font-weight: 650; margin: 18px 0 4px; }
#details-body { overflow: auto; padding: 6px 20px 20px; }
dl { display: grid; grid-template-columns: 9em 1fr; gap: 5px 14px; margin: 8px 0; } dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
@media (max-width: 640px) { .lun { width: 180px; min-width: 180px; max-width: 180px; } dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 6px; } header, footer { padding-left: 14px; padding-right: 14px; } main { padding: 12px 14px; } }
@media (max-height: 560px) { html, body { height: auto; } #map { max-height: 92vh; } }
@media print { :root { --paper: #fff; --card: #fff; --back: #fff; --ink: #000; --soft: #333; --line: #999; --edge: #666;
  --head: #fff; --h: #000; --h-ink: #000; --i: #000; --r: #000; --b: #000; --s: #000; --h-back: #fff; --i-back: #fff;
  --r-back: #fff; --b-back: #fff; --s-back: #fff;
  --n-back: #fff; --new: #fff; --new-ink: #000; }
  html, body { height: auto; display: block; font-size: 10px; background: #fff; }
  header, footer { padding: 0 0 6px; } main { display: block; padding: 0; }
  #map { overflow: visible; border: 0; border-radius: 0; max-height: none; min-width: 0; }
  .tools > button, .find label, .keys, dialog { display: none !important; } .tools { display: block; }
  .find { display: block; margin: 0; } output { color: #000; }
  th, td { height: 20px; padding: 0 4px; } thead th, .lun { position: static; } thead th { font-size: 10px; }
  thead th { padding: 2px 4px; color: #000; } .many thead .host { width: 18px; min-width: 18px; max-width: none; }
  .many thead .host span { display: inline-block; writing-mode: vertical-rl; max-height: 15em; }
  tbody .holder.key { font-size: 9px; }
  tr { break-inside: avoid; } thead { display: table-header-group; }
  .lun { min-width: 150px; width: auto; max-width: 300px; white-space: normal; } .lun small { font-size: 10px; }
  .counts { white-space: normal; } .c, .many .c { min-width: 18px; width: 18px; border: 0; border-radius: 0;
    border-bottom: 1px solid var(--line); font-size: 12px; } .c, .g { background-color: #fff; }
  .c.h, .g.h { outline: 2px solid #000; outline-offset: -2px; } .g { border-color: #999; }
  .state, .holder { min-width: 0; white-space: normal; } }
`;
