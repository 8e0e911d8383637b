import { ar } from './ar.ts';
import { de } from './de.ts';
import { type Catalog, en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { ru } from './ru.ts';
import { zh } from './zh.ts';

/** A language of the page. */
export interface Language {
  /** As HTML's `lang` has it. */
  readonly code: string;
  /** As it calls itself. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  readonly catalog: Catalog;
}

/** All that can be chosen, the first of them unless somebody does: what a browser says of its language is not asked. */
export const LANGUAGES: readonly Language[] = [
  { code: 'en', name: 'English', direction: 'ltr', catalog: en },
  { code: 'de', name: 'Deutsch', direction: 'ltr', catalog: de },
  { code: 'fr', name: 'Français', direction: 'ltr', catalog: fr },
  { code: 'es', name: 'Español', direction: 'ltr', catalog: es },
  { code: 'ar', name: 'العربية', direction: 'rtl', catalog: ar },
  { code: 'ru', name: 'Русский', direction: 'ltr', catalog: ru },
  { code: 'zh-Hans', name: '中文', direction: 'ltr', catalog: zh },
];
