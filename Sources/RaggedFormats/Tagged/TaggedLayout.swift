import RaggedCore

/// What the columns of a file of tagged tokens are.
struct TaggedLayout {
  /// What each column is called.
  let names: [String]
  /// The column of the tokens.
  let words: Int
  /// The column of the class of each timestep.
  let target: Int?
  /// The others that are taken, each a column of the dataset.
  let further: [(index: Int, column: Column)]
  /// The column that numbers the words of a sentence.
  let numbering: Int?

  /// The names of columns that have none.
  static func numbered(_ count: Int) -> [String] { (1...max(1, count)).map { "c\($0)" } }

  /// Finds the columns that are asked for.
  /// - Parameter source: what messages name.
  /// - Throws: ``InputError`` of class `usage` where a column is not there, or is asked for twice.
  init(_ names: [String], _ choice: TaggedChoice, _ source: InputSource) throws {
    func index(_ name: String) throws -> Int {
      if let index = names.firstIndex(exactly: name) { return index }
      if let number = Int(name), names.indices.contains(number - 1) { return number - 1 }
      if name.first == "c", let number = Int(name.dropFirst()), names.indices.contains(number - 1) { return number - 1 }
      throw source.fault(
        "there is no column \(name.quotedForMessage)\(names.alternatives(to: name, called: "columns"))", .usage)
    }
    var taken: Set<Int> = []
    func take(_ name: String) throws -> Int {
      let found = try index(name)
      guard taken.insert(found).inserted else {
        throw source.fault("column \(names[found].quotedForMessage) is given two roles", .usage)
      }
      return found
    }
    let numbering = choice.isUniversal ? names.firstIndex(of: "ID") : nil
    let words = try take(choice.words ?? (choice.isUniversal ? "FORM" : names[0]))
    if words == numbering {
      throw source.fault("column \"ID\" numbers the words, and is none itself", .usage)
    }
    var target = try choice.target?.first.map(take)
    for name in choice.skipped { _ = try take(name) }
    let inputs = Set(try choice.inputs.map(take))
    if choice.target == nil, target == nil {
      // The one that is left for it, where the user has not taken it for something else.
      let usual = choice.isUniversal ? names.firstIndex(of: "UPOS") : names.count - 1
      if let usual, taken.insert(usual).inserted { target = usual }
    }
    self.names = names
    (self.words, self.target, self.numbering) = (words, target, numbering)
    further = names.indices.compactMap { index in
      guard index != numbering, inputs.contains(index) || !taken.contains(index) else { return nil }
      let kind: Column.Kind = choice.isUniversal && names[index] == "HEAD" ? .number : .category
      return (index, Column(names[index], kind, role: inputs.contains(index) ? .input : .other))
    }
  }

  func description(_ choice: TaggedChoice) -> InputDescription {
    InputDescription(
      input: .text(choice.unit), target: target == nil ? .none : .classPerTimestep(declared: choice.classes),
      columns: further.map(\.column), classColumn: target.map { names[$0] } ?? SequenceSignature.classColumn)
  }

  /// Each role with its column, in words.
  func roles(_ choice: TaggedChoice) -> String {
    var parts = [
      "id: sent_id, or file and number of the sentence",
      "tokens (\(choice.unit.rawValue)): \(names[words].quotedForMessage)",
    ]
    if let target { parts.append("target (class-per-step): \(names[target].quotedForMessage)") }
    parts += further.map { ($0.column.name, $0.column.kind, $0.column.extent) }.roleWords
    let inputs = further.filter { $0.column.role == .input }.map(\.column.name)
    if !inputs.isEmpty { parts.append("inputs beside the tokens: \(inputs.listedForMessage)") }
    if !choice.skipped.isEmpty { parts.append("left out: \(choice.skipped.listedForMessage)") }
    return parts.joined(separator: "; ")
  }
}
