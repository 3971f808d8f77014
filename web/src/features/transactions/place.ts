/** The field's name on the wire; a transfer is sent as two transactions, so its place has a number before it. */
export function placeOf(pointer: string): string {
  return pointer.replace(/^\/?(transactions\/\d+\/)?/, '');
}
