import { type Contact, parseContact } from '../../wire/contact.ts';

/**
 * Reads a contact from text that went through mail, an editor or a web server: those change line ends and what is
 * around it; the contact itself has one spelling. @throws Error when it is none
 */
export function contactFromText(text: string): Contact {
  return parseContact(`${text.replaceAll('\r\n', '\n').trim()}\n`);
}
