/// A list on standard output as JSON, of which each value is written as it is there: the text of `Console.print(json:)` of
/// all of them, in the memory of one.
struct JSONList {
  private var isBegun = false

  mutating func print(_ value: some Encodable) throws {
    // A line break in JSON stands between values alone.
    let text = try Console.text(json: value).replacing("\n", with: "\n  ")
    Console.write((isBegun ? ",\n  " : "[\n  ") + text)
    isBegun = true
  }

  func end() { Console.write(isBegun ? "\n]\n" : "[\n\n]\n") }
}
