/** Thrown when the disk has too little room for a letter: it is fetched when it has. */
export class NoRoom extends Error {
  readonly needs: number;
  constructor(needs: number) {
    super(`the letter needs ${Math.ceil(needs / 2 ** 20)} MiB of free disk: make room and read again`);
    this.needs = needs;
  }
}
