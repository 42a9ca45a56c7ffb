/**
 * The cases that hold of any engine of this kind, and those that are deliberately better here: rows, groups, joins, nesting,
 * shapes, empties, errors, replacements, sizes, labels, maps, values, results, times, cancelling, delivery, laws.
 */
export const caseIds: readonly string[] = [
  "C01 C03 C05 C07 C09 C11 C13 C15 C17 C19 C21 C23",
  "G01 G05 G07 G09 G11 G13 G15 G17 G19 G21 G23",
  "X01 X03 X05 X07 X09 X11 X13 X15 X17 X19 X21",
  "N01 N03 N05 N07 N09 N11 N17 N19 N21 N25 N27 N29 N31 N33 N35 N37",
  "A01 A03 A07 A11 A13 E01 E05 E07 E09",
  "R01 R03 R05 R07 R09 R11 R17 R19 R21 R23 R25 R27 R29 R31 R33",
  "P01 P03 P05 P07 P09 P11 P13 P15 P17 P19 P21 B01 B03 B05 B07",
  "S01 S03 S05 S09 S11 S13 M01 M03 M05 M07",
  "I01 I03 I05 I07 I09 I11 I13 I15",
  "O01 O03 O05 O07 O09 O11 O13 O15 O17 O19",
  "T01 T03 T05 T07 T09 T11 K01 K03 K05 K07 K09 K11 K13",
  "D01 D03 D05 D07 D09 D11 D13 D15 D17",
  "Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8",
].flatMap((line) => line.split(" "));
