import { cutEnd, cutMiddle, displayWidth, pad } from "../text/width.ts";
import type { Style, Tone } from "./style.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Columns with a higher number give way first; those of 0 keep their width as long as any other can give. */
  readonly shrink?: number;
  /** The least width it gives way to. */
  readonly least?: number;
  /** Text is cut at its end; unless told, in the middle. */
  readonly cut?: "middle" | "end";
  readonly tone?: (cell: string) => Tone | undefined;
}

const GAP = "  ";

/**
 * Lines of a table that fits `width`: a head, then a line for each row. Cells are one line of harmless text (`terminal`). Where it is too
 * narrow, columns give way by `shrink`, then all of them; cut cells show `…`. Trailing spaces are left off.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  style: Style,
): string[] {
  const widths = widthsOf(columns, rows, width);
  const line = (cells: readonly string[], tone: (column: Column, cell: string) => Tone | undefined): string => {
    const shown = columns.map((column, index) => {
      const room = widths[index] ?? 0;
      const cell = cells[index] ?? "";
      const text = column.cut === "end" ? cutEnd(cell, room) : cutMiddle(cell, room);
      const last = index === columns.length - 1 && column.align !== "right";
      const padded = last ? text : pad(text, room, column.align);
      const meaning = tone(column, cell);
      return meaning === undefined ? padded : style(meaning, padded);
    });
    return shown.join(GAP).trimEnd();
  };
  const head = line(
    columns.map(({ title }) => title),
    () => "dim",
  );
  return [head, ...rows.map((row) => line(row, (column, cell) => column.tone?.(cell)))];
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map(({ title }, index) => {
    return rows.reduce((widest, row) => Math.max(widest, displayWidth(row[index] ?? "")), displayWidth(title));
  });
  const room = Math.max(0, width - GAP.length * (columns.length - 1));
  let over = widths.reduce((sum, each) => sum + each, 0) - room;
  const order = [...columns.keys()].sort((a, b) => (columns[b]?.shrink ?? 0) - (columns[a]?.shrink ?? 0));
  // First down to what each column can bear, then to almost nothing: a narrow table is better than broken lines.
  for (const least of [(column: Column | undefined) => column?.least ?? 6, () => 1]) {
    for (const index of order) {
      const now = widths[index] ?? 0;
      const give = Math.min(over, now - Math.min(now, least(columns[index])));
      if (give <= 0) continue;
      widths[index] = now - give;
      over -= give;
    }
  }
  return widths;
}
