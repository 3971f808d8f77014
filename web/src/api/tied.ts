// Each schema is tied to the type that the server's own description gives: a change on either side stops the build.

import type { components } from './schema.gen';

type Schemas = components['schemas'];

/** A type without its brands, literals and optional marks: what is left is names and JSON kinds. */
type Plain<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends readonly (infer Item)[]
        ? Plain<Item>[]
        : T extends object
          ? { [Name in keyof T]-?: Plain<Exclude<T[Name], undefined>> }
          : T;

type Same<A, B> = [Plain<A>] extends [Plain<B>] ? ([Plain<B>] extends [Plain<A>] ? true : false) : false;

/** `true` if `Mine` and the server's `Name` have the same fields of the same kinds, both ways. */
export type Tied<Mine, Name extends keyof Schemas> = Same<Mine, Schemas[Name]>;

/** Fails to compile unless every member is `true`. */
export type AllTrue<T extends Record<string, true>> = T;
