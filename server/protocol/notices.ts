/** What a user has to hear of a run, once over all windows and command lines. */
export interface RunNotice {
  run: string;
  /** Its end (`untold` in the record), or the field of that name. */
  about: NoticeSubject;
}

export const noticeSubjects = ['end', 'paused', 'stalled', 'attention'] as const;
export type NoticeSubject = (typeof noticeSubjects)[number];
