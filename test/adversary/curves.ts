/** One curve: its name, and points `[x, y, half of y's confidence interval]` from left to right. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number, number?])[];
}

export interface Axes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Where the axes end. */
  readonly xMax: number;
  readonly yMax: number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  /** A value of y that is aimed at, drawn across. */
  readonly aim?: number;
  /** Writes a value of y. */
  readonly write: (y: number) => string;
}

const [WIDTH, HEIGHT] = [760, 440];
const FRAME = { left: 70, right: 190, top: 40, bottom: 50 };

/** Told apart without colours too: by their dashes. */
const STROKES = [
  ['#1b6ca8', ''],
  ['#c0392b', '8 3'],
  ['#2e7d32', '2 3'],
  ['#8e44ad', '10 3 2 3'],
  ['#b9770e', '5 5'],
  ['#455a64', '1 4'],
] as const;

/** Draws curves as an SVG that stands for itself: no script, no font, nothing from elsewhere. */
export function drawCurves(axes: Axes, curves: readonly Curve[]): string {
  const [width, height] = [WIDTH - FRAME.left - FRAME.right, HEIGHT - FRAME.top - FRAME.bottom];
  const x = (value: number) => (FRAME.left + (Math.min(value, axes.xMax) / axes.xMax) * width).toFixed(1);
  const y = (value: number) =>
    (FRAME.top + height - (Math.min(Math.max(value, 0), axes.yMax) / axes.yMax) * height).toFixed(1);
  const [left, right, top, bottom] = [x(0), x(axes.xMax), y(axes.yMax), y(0)];
  const parts = [
    `<text x="${left}" y="22" font-size="15">${axes.title}</text>`,
    ...axes.yTicks.flatMap((value) => [
      `<path d="M${left} ${y(value)}H${right}" stroke="#ddd"/>`,
      `<text x="${FRAME.left - 8}" y="${Number(y(value)) + 4}" text-anchor="end">${axes.write(value)}</text>`,
    ]),
    ...axes.xTicks.map(
      (value) => `<text x="${x(value)}" y="${Number(bottom) + 18}" text-anchor="middle">${value}</text>`,
    ),
    `<path d="M${left} ${top}V${bottom}H${right}" stroke="#333" fill="none"/>`,
    `<text x="${FRAME.left + width / 2}" y="${HEIGHT - 10}" text-anchor="middle">${axes.x}</text>`,
    `<text transform="translate(16 ${FRAME.top + height / 2}) rotate(-90)" text-anchor="middle">${axes.y}</text>`,
  ];
  if (axes.aim !== undefined) {
    parts.push(`<path d="M${left} ${y(axes.aim)}H${right}" stroke="#000" stroke-width="0.8" stroke-dasharray="3 2"/>`);
  }
  for (const [i, { name, points }] of curves.entries()) {
    const [colour, dashes] = STROKES[i % STROKES.length]!;
    const line = points.map(([a, b]) => `${x(a)} ${y(b)}`).join('L');
    const style = `stroke="${colour}" fill="none" stroke-width="1.8"`;
    parts.push(`<path d="M${line}" ${style}${dashes && ` stroke-dasharray="${dashes}"`}/>`);
    for (const [a, b, error] of points) {
      if (error !== undefined) parts.push(`<path d="M${x(a)} ${y(b - error)}V${y(b + error)}" ${style}/>`);
    }
    const at = FRAME.top + 12 + i * 20;
    parts.push(
      `<path d="M${Number(right) + 12} ${at - 4}h26" ${style}${dashes && ` stroke-dasharray="${dashes}"`}/>`,
      `<text x="${Number(right) + 44}" y="${at}">${name}</text>`,
    );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
