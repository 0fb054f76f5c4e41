/* Where pages match equally well, that which explains stands before that which lists. */
const RAISED = [
  [/^(sectors\/(?!links|index)|tutorial$|glossary$)/, 4],
  [/^(names|cookbook|sweeps|decisions|scenarios_in_python|session|exchange|cluster)$/, 3],
  [/^(uncertainty|model|method|odd|limits|field|gallery)$/, 2],
  [/^(ratios|fit|backtest|official|sensitivity|proof)$/, -3],
  [/^reference\/formats$/, -4],
  [/^data\/(conflicts|coverage|indicators)$/, -2],
  [/^(notebooks\/|reference\/parameters|sectors\/(links|index))/, -2],
  [/^(changelog|contributing|speed|design|bibliography|genindex)$/, -6],
];
var Scorer = {
  score: ([page, , , , score]) =>
    RAISED.reduce((sum, [pattern, more]) => sum + (pattern.test(page) ? more : 0), score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
