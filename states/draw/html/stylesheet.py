"""How a page looks: wide, two columns; narrow or on paper, one below the other; on a phone, tables as lines."""

from __future__ import annotations

SHEET = """
*{box-sizing:border-box}
html{scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","Helvetica Neue",
Arial,sans-serif}
header,main,footer{max-width:1500px;margin:0 auto;padding:0 28px}
header{padding-top:26px;padding-bottom:10px;overflow-wrap:anywhere}
h1{font-size:26px;line-height:1.2;margin:0}
h2{font-size:18px;margin:0 0 8px}
h3{font-size:15px;margin:14px 0 4px}
p{margin:4px 0}
.dim{color:var(--dim)}
.keys{font-size:13px}
kbd,code,pre,.use{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.88em}
kbd{border:1px solid var(--edge);border-radius:4px;padding:0 5px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;padding:8px 10px;background:var(--box);border-radius:6px;
max-height:26em;overflow:auto}
.two{display:grid;grid-template-columns:minmax(0,auto) minmax(320px,1fr);gap:28px;align-items:start}
.graph{position:sticky;top:0;max-height:100vh;overflow:auto;padding:4px}
.graph .drawing{display:block;max-width:100%;height:auto}
.panel{border:1px solid var(--edge);border-radius:10px;padding:14px 18px;margin:0 0 14px;overflow-wrap:anywhere;
scroll-margin-top:12px}
.panel:target,.panel:focus{outline:3px solid var(--here);outline-offset:-1px}
a{color:var(--way)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--here);outline-offset:2px}
ul,ol{margin:4px 0;padding-left:22px}
li{margin:2px 0}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin:2px 0 6px}
.word{border:1px solid var(--edge);border-radius:10px;padding:0 9px;font-size:12.5px;color:var(--dim)}
.steps{list-style:none;padding:0}
.steps li{padding:4px 0 4px 10px;border-left:3px solid var(--edge);margin:4px 0}
.steps .acts{border-left:3px double var(--way)}
.steps .destroys{border-left:3px dashed var(--fail)}
.signed{list-style:none;padding:0}
.signed .sign{display:inline-block;width:1.4em;font-weight:700;text-align:center}
.added .sign{color:var(--add)}
.removed .sign,.bad{color:var(--fail)}
.changed .sign{color:var(--here)}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:4px 12px 4px 0;border-bottom:1px solid var(--box);
overflow-wrap:anywhere}
th{color:var(--dim);font-weight:600;overflow-wrap:normal}
th[scope=row]+td{min-width:6.5em}
td.when{white-space:nowrap;font-variant-numeric:tabular-nums}
td.whole{overflow-wrap:normal;min-width:9em}
summary{cursor:pointer}
.outcome{font-size:19px;font-weight:650;margin:8px 0}
footer{padding-top:10px;padding-bottom:30px;overflow-wrap:anywhere;color:var(--dim);font-size:13px}
@media (max-width:1050px){.two{grid-template-columns:minmax(0,1fr)}.graph{position:static;max-height:none}}
@media (max-width:600px){header,main,footer{padding-left:12px;padding-right:12px}.panel{padding:12px}
.two~.panel thead{display:none}.two~.panel tr{display:flex;flex-wrap:wrap;gap:0 10px;padding:4px 0;
border-bottom:1px solid var(--box)}.two~.panel td,.two~.panel th{border:0;padding:0;min-width:0;max-width:100%}}
@media print{.two{display:block}.graph{position:static;max-height:none;overflow:visible}.panel{break-inside:avoid}
.keys{display:none}pre{max-height:none}body{font-size:11pt}.graph .drawing{max-height:24cm;width:auto}}
"""
