import { stopWords } from '../recall/stop-words.js';

const starts = `
  accordingly action actions additional additionally advice afterward afterwards agreed alongside already alternatively although among
  another answer answers anyone anything asked asking background based beside besides beyond briefly bug bugs change changed changes
  clearly code comparing completed concern concerns conclusion consequently considering context conversation covered created currently
  decided decision decisions despite detail details development different discussed discussion documentation earlier early either
  eventually everyone everything example examples except explained fact facts file files finally first fixed focus following former
  furthermore future general generally given goal goals however idea ideas implementation important including initial initially instead
  instruction instructions issue issues item items key last lastly later latest mainly many meanwhile message messages might minor
  moreover most much must name named neither nevertheless new next nobody none nothing notably note noted notes number numbers old
  one open option options original originally others otherwise outcome outcomes output overall part people per perhaps plan planned
  plans point points possible preference preferences preferred present previous previously primary priority problem problems progress
  project proposed provided question questions reason reasons recent recently recommended regarding related remaining reply request
  requested requests required resolved respectively response result results review second secondly section session setting settings
  several shall similarly since situation solution solutions someone something soon specific specifically speaker speakers started
  status step steps still subsequently suggested suggestion suggestions summary task tasks text thereby therefore third though thus
  together tool tools topic topics two unless update updated updates upon using various version via wanted whether whichever whoever
  whose within without work working yet`;

/** English words that sentences begin with and that are no names, in lower case. */
export const commonStarts: ReadonlySet<string> = new Set([...stopWords, ...starts.trim().split(/\s+/)]);
