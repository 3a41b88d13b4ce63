/** What routes hand back, how they refuse, and how long lists are cut into pages. */

export interface Reply {
  readonly status: number;
  /** JSON, or a Buffer for the raw media types (which the description does not cover). Nothing for 204. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const documentation = "https://docs.github.com/rest";

/** Thrown by routes and rules: GitHub's way of saying no. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(
    status: number,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "Refusal";
    this.reply = { status, headers, body: { message, ...more, documentation_url: documentation, status: `${status}` } };
  }
}

export const notFound = () => new Refusal(404, "Not Found");
/** 422 with GitHub's structured errors: `code` is missing, missing_field, invalid, already_exists, unprocessable or custom. */
export const invalid = (resource: string, field: string, code: string, message?: string) =>
  new Refusal(422, "Validation Failed", {
    errors: [{ resource, field, code, ...(message === undefined ? {} : { message }) }],
  });

export function must<T>(value: T | undefined, refusal: () => Refusal = notFound): T {
  if (value === undefined) throw refusal();
  return value;
}

interface Paging {
  readonly page?: number | undefined;
  readonly per_page?: number | undefined;
}

/** One page of a list and the Link header that leads on. GitHub cuts `per_page` at 100 without a word. */
export function page<T>(items: readonly T[], query: Paging, url: URL): { items: T[]; headers: Record<string, string> } {
  const size = Math.min(100, Math.max(1, query.per_page ?? 30));
  const current = Math.max(1, query.page ?? 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string) => {
    const next = new URL(url);
    next.searchParams.set("page", `${to}`);
    return `<${next}>; rel="${rel}"`;
  };
  const links = [
    ...(current > 1 ? [link(current - 1, "prev")] : []),
    ...(current < last ? [link(current + 1, "next"), link(last, "last")] : []),
    ...(current > 1 ? [link(1, "first")] : []),
  ];
  return {
    items: items.slice((current - 1) * size, current * size),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}

/** A page as the whole answer. */
export function listed<T>(items: readonly T[], query: Paging, url: URL): Reply {
  const cut = page(items, query, url);
  return { status: 200, body: cut.items, headers: cut.headers };
}
