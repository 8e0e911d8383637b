/** How many characters a line has in a terminal of ours. */
export const COLUMNS = 96;

const ESCAPE = '\\x1b\\[';
const PARTS = new RegExp(`${ESCAPE}(\\d*)A|${ESCAPE}[\\d;?]*([A-Za-z])|[^\\x1b]`, 'gu');

/**
 * What stands on a terminal in the end, line by line. Of the escapes, those that the command draws with move and erase;
 * others do nothing.
 */
export function linesShown(shown: string, columns = COLUMNS): string[] {
  const lines = [''];
  let [row, column] = [0, 0];
  for (const [part, up, act] of shown.matchAll(PARTS)) {
    if (part === '\r') column = 0;
    else if (part === '\n') row += 1;
    else if (up !== undefined) row = Math.max(0, row - Number(up || 1));
    else if (act === 'K' || act === 'J') {
      lines[row] = lines[row]!.slice(0, column);
      if (act === 'J') lines.length = row + 1;
    } else if (act === undefined) {
      if (column === columns) [row, column] = [row + 1, 0];
      while (lines.length <= row) lines.push('');
      const line = lines[row]!.padEnd(column);
      lines[row] = `${line.slice(0, column)}${part}${line.slice(column + 1)}`;
      column += 1;
    }
    while (lines.length <= row) lines.push('');
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A line of a picture, and whether somebody typed it. */
export interface PictureLine {
  readonly text: string;
  readonly isTyped?: boolean;
}

const [LINE_HEIGHT, CHARACTER_WIDTH, MARGIN] = [20, 8.45, 16];

const STYLE = `
.paper{fill:#fbfaf7;stroke:#8a8a8a}text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#222;white-space:pre}.typed{font-weight:bold;fill:#000}
@media (prefers-color-scheme:dark){.paper{fill:#1b1d20;stroke:#8a8a8a}text{fill:#ddd}.typed{fill:#fff}}
`;

/** A picture of a terminal, in light and dark. What somebody typed is bold, so that no colour carries meaning. */
export function terminalSvg(title: string, lines: readonly PictureLine[], columns = COLUMNS): string {
  const [width, height] = [Math.ceil(columns * CHARACTER_WIDTH) + 2 * MARGIN, lines.length * LINE_HEIGHT + 2 * MARGIN];
  const drawn = lines.map(({ text, isTyped }, index) => {
    const y = MARGIN + (index + 1) * LINE_HEIGHT - 6;
    return `<text x="${MARGIN}" y="${y}"${isTyped ? ' class="typed"' : ''} xml:space="preserve">${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t d">
<title id="t">${escaped(title)}</title>
<desc id="d">${escaped(lines.map(({ text }) => text).join('\n'))}</desc>
<style>${STYLE}</style>
<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${drawn.filter((_, index) => lines[index]!.text !== '').join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
