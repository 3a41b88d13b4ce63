/**
 * The type of a value, as AWS's operation models (or a catalogue file) declare it.
 * One notion of type serves three readers: the checker of YAML literals, the CEL environment and the wire conversion.
 *
 * How values of a shape travel as JSON: timestamp = ISO 8601 in UTC with milliseconds, blob = base64 text,
 * integer and double = number, everything else = itself.
 */
export type Shape = ScalarShape | DocumentShape | ListShape | MapShape | StructureShape;

/** `any` is JSON of no declared type (decoded documents); in CEL it is `dyn`. */
export type ScalarKind =
  | "string"
  | "boolean"
  | "integer"
  | "double"
  | "timestamp"
  | "duration"
  | "blob"
  | "any"
  | "null";

export interface ScalarShape {
  readonly kind: ScalarKind;
  /** The values AWS names for a text. AWS adds values without notice: an answer is never refused for its value. */
  readonly values?: readonly string[];
}

/**
 * Text that holds a document (a bucket policy). Travels as the very text AWS returned, so that an undo can restore it byte for byte;
 * in CEL it is the decoded document, of no declared type. `csv` decodes to a list of maps by the header line.
 */
export interface DocumentShape {
  readonly kind: "document";
  readonly decode: "json" | "url-json" | "csv";
}

export interface ListShape {
  readonly kind: "list";
  readonly element: Shape;
}

export interface MapShape {
  readonly kind: "map";
  readonly value: Shape;
}

export interface StructureShape {
  readonly kind: "structure";
  /** Unique: `s3.PublicAccessBlockConfiguration`, `resource.s3.bucket`. Two structures of one name are the same. */
  readonly name: string;
  /** Read lazily: AWS's structures may contain themselves. */
  readonly members: ReadonlyMap<string, Member>;
}

export interface Member {
  readonly shape: Shape;
  readonly required: boolean;
  /** Said by AWS's model (a password, a key): never shown, never stored. */
  readonly sensitive: boolean;
}
