import Foundation
import Testing

/// What is wrong with a file is said with the option that helps, and so is what was guessed of it.
@Suite struct RemedyTests {
  private static let newest =
    "id,date,x\nA,2020-01-03,3\nA,2020-01-02,2\nA,2020-01-01,1\nB,2020-01-02,5\nB,2020-01-01,4\n"

  @Test(
    arguments: [
      ("a.csv", "id,v,w\na,1,5\na,?,6\nb,2,7\n", [], "expected a number (use --missing '?' to accept it)"),
      ("a.csv", "id,v,w\na,1,5\na, -,6\nb,2,7\n", [], "expected a number (use --missing - to accept it)"),
      (
        "a.csv", "id,v,w\na,1,5\na,\" -\",6\nb,2,7\n", [],
        "expected a number (use --missing '\" -\"' to accept it)"
      ),
      ("a.csv", "id,v\na,1\na,NA\na,?\n", ["--missing", "NA"], "(use --missing 'NA,?' to accept it)"),
      ("a.csv", "id,v\na,1\na,-\na,\n", ["--missing", ""], "(use --missing '\"\",-' to accept it)"),
      (
        "a.csv", "id,v,w\na,1,5\na,oops,6\nb,2,7\n", [],
        "column \"v\" is \"oops\", expected a number (use --category v where it is text, or --skip v)"
      ),
      (
        "a.csv", "id,v,s\n" + (0..<1001).map { "\($0 / 2),\($0 % 7),\($0 / 2)\n" }.joined() + "500,1,9\n", [],
        "in the first row of sequence \"500\" (use --number s if it may change)"
      ),
      (
        "a.csv", "id,v,s\n" + (0..<1001).map { "\($0 / 2),\($0 % 7),x\($0 / 2)\n" }.joined() + "500,1,y\n", [],
        "in the first row of sequence \"500\" (use --category s if it may change)"
      ),
      (
        "a.csv", newest, ["--time", "date"],
        "sorted by column \"date\"; --order none keeps the order of the file"
      ),
      (
        "a.csv", "id,time,x\na,2,1\na,noon,2\na,3,2\n", [],
        "(--time-format says how they are written, --time none takes the rows as they stand)"
      ),
      ("a.csv", "id,x\na,2\nb,1\na,3\n", [], "(2 sequences, 3 rows); --group-rows never refuses them"),
      (
        "a.csv", "id,x\na,2\nb,1\na,3\n", ["--group-rows", "never"],
        "sort the rows by id, then by time, or let --group-rows always do so"
      ),
      ("a.csv", "id,x\na,2\n,1\nb,3\n,1\n", [], "belong to the id above; --blank-ids refuse does not take them"),
      ("a.csv", "id,time,x\na,1/2/2020,5\n", [], "taken for the month first; --time-format says otherwise"),
      ("a.csv", newest, [], "and no order is checked by it; --time date does so"),
      ("a.csv", "id,v,label\na,1,1.0\nb,2,0.0\n", [], "taken for a value; --target-kind class takes it for a class"),
      (
        "a.jsonl", "{\"id\": \"a\", \"features\": [[1]], \"label\": 1.0}\n", [],
        "taken for a value; --target-kind class takes it for a class"
      ),
      (
        "a.csv", "id,v,label\na,1,x\na,2,y\n", [],
        "in the first row of sequence \"a\" (use --target-kind class-per-step if it may change)"
      ),
      (
        "a.csv", "id,n\n" + (0..<12).map { "s\($0 / 4),\($0)\n" }.joined(), [],
        "\"n\"; column \"n\" counts the rows of the file, so it is no feature unless --features names it"
      ),
      (
        "a.csv", "id,v,w\na,1,\na,2,\n", [],
        "column \"w\" is empty in the 2 rows, so it is no feature unless --features names it"
      ),
      (
        "a.csv", "id,ts,v\na,1700000001123,0\na,1700000001223,1\nb,1700000001323,4\n", [],
        "so it is taken for the time; --features takes it for a feature"
      ),
      (
        "a.csv",
        "id,v,label\n" + (0..<1002).map { "s\($0),\(($0 * 7) % 5),\($0 < 1000 ? "\($0 % 3)" : "2.5")\n" }.joined(), [],
        "whole numbers all (use --target-kind values where it is a value, class where it is a class)"
      ),
      (
        "a.csv",
        "id,v,label\n" + (0..<1002).map { "s\($0),\(($0 * 7) % 5),\($0 < 1000 ? "\($0).5" : "walk")\n" }.joined(), [],
        "expected a number (use --target-kind class where it is a class)"
      ),
      (
        "a.csv", "id,w,v\n" + (0..<1002).map { "s\($0),\($0 == 1001 ? "5" : ""),\($0 % 5)\n" }.joined(), [],
        "in the first 1,000 rows (use --number w to take it, or --skip w)"
      ),
      (
        "a.csv", "id,w,v\n" + (0..<1002).map { "s\($0),\($0 == 1001 ? "yes" : ""),\($0 % 5)\n" }.joined(), [],
        "column \"w\" is \"yes\", but was left out because it is empty in the first 1,000 rows (use --category w to take it, or --skip w)"
      ),
      (
        "a.jsonl",
        (0..<1001).map { "{\"id\": \"\($0)\", \"features\": [[1]], \"label\": \($0 < 1000 ? "\($0 % 3)" : "2.5")}\n" }
          .joined(), [],
        "whole numbers as in the objects before it (use --target-kind values or values-per-step where it is a value, class or "
          + "class-per-step where it is a class)"
      ),
    ] as [(String, String, [String], String)])
  func theOptionThatHelpsIsNamed(file: String, text: String, options: [String], words: String) throws {
    let work = try Workspace()
    try work.write(file, text)
    let result = try work.ragged(["import", "s.sqlite", file] + options)
    #expect(result.errors.contains(words + "\n"), "\(result.errors)")
    // Of a sequence that is left out it is said too.
    guard result.status == 65, !words.contains("counts the rows") else { return }
    let skipping = try work.ragged(["import", "s.sqlite", file, "--on-error", "skip"] + options)
    #expect(skipping.errors.contains(words + "\n"), "\(skipping.errors)")
  }

  @Test func aColumnThatTheDatasetHasNotIsNamedWithItsOption() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,v\na,1\na,2\n")
    try work.write("b.csv", "id,v,w\nb,1,5\nb,2,7\n")
    try work.good("import", "s.sqlite", "a.csv")
    try work.bad(
      65,
      "b.csv does not fit dataset \"data\": it has feature \"w\", which the dataset has not; the dataset's are \"v\" "
        + "(--skip w leaves it out)", "import", "s.sqlite", "b.csv")
    try work.good("import", "s.sqlite", "b.csv", "--skip", "w")
  }
}
