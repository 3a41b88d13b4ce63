/** Plain JSON, the form in which every value travels between the rooms of the house. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** `undefined` never stands in a JsonObject: what AWS did not send is not there. */
export interface JsonObject {
  readonly [key: string]: Json;
}
