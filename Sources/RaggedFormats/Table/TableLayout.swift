import RaggedCore

/// Which column of a long table means what.
struct TableLayout {
  /// The names of all columns.
  var names: [String]
  var id: Int
  var features: [Int] = []
  var target: [Int] = []
  var targetKind: TargetKind?
  var weight: Int?
  var time: Int?
  var valid: Int?
  var split: Int?
  var group: Int?
  var metadata: [Int] = []
  /// The column of whole metadata.
  var metadataObject: Int?
  /// Whether the one feature column holds a token a timestep: its text, cut in this way, or its number.
  var tokens: TokenForm?
  var targetNames: [String]?
  /// What of all this was guessed.
  var guesses = TableGuesses()

  /// Columns whose cells must be the same in every row of a sequence.
  var constants: [Int] {
    let perSequence = targetKind == .classPerSequence || targetKind == .valuesPerSequence ? target : []
    return perSequence + [weight, split, group, metadataObject].compactMap { $0 } + metadata
  }

  /// What the file says of its sequences.
  func description(classes: [String]?) -> InputDescription {
    let targetNames = self.targetNames ?? target.map { names[$0] }
    let target: InputDescription.Target =
      switch targetKind {
      case nil: .none
      case .classPerSequence: .classPerSequence(declared: classes)
      case .classPerTimestep: .classPerTimestep(declared: classes)
      case .valuesPerSequence: .valuesPerSequence(targetNames)
      case .valuesPerTimestep: .valuesPerTimestep(targetNames)
      }
    let input: InputDescription.Input =
      switch tokens {
      case nil: .features(features.map { names[$0] })
      case .numbers: .tokens
      case .text(let unit): .text(unit)
      }
    return InputDescription(input: input, target: target)
  }

  /// Each role with its columns, in words: `id: "key"; features: "ax", "ay"; …`.
  var summary: String {
    let kind =
      switch tokens {
      case nil: "features"
      case .numbers: "token numbers"
      case .text(let unit): "tokens (\(unit.rawValue))"
      }
    var parts = ["id: \(quoted([id]))", "\(kind): \(quoted(features))"]
    if let targetKind { parts.append("target (\(targetKind.rawValue)): \(quoted(target))") }
    let others = [("weight", weight), ("time", time), ("valid", valid), ("split", split), ("group", group)]
    for (role, column) in others { if let column { parts.append("\(role): \(quoted([column]))") } }
    let allMetadata = metadata + [metadataObject].compactMap { $0 }
    if !allMetadata.isEmpty { parts.append("metadata: \(quoted(allMetadata))") }
    let used = Set([id] + features + target + others.compactMap(\.1) + allMetadata)
    let unused = names.indices.filter { !used.contains($0) }
    if !unused.isEmpty { parts.append("not imported: \(quoted(unused))") }
    return parts.joined(separator: "; ")
  }

  private func quoted(_ columns: [Int]) -> String { columns.map { names[$0] }.listedForMessage }
}

/// Finds the columns that options name or leave to be found.
struct TableLayoutResolver {
  let names: [String]
  let options: TableOptions
  let file: String
  let line: Int
  /// Where each name stands first, and where a second time.
  private let places: [ExactName: (first: Int, second: Int?)]

  init(names: [String], options: TableOptions, file: String, line: Int) {
    (self.names, self.options, self.file, self.line) = (names, options, file, line)
    places = names.enumerated().reduce(into: [:]) { places, column in
      if let place = places[ExactName(column.element)] {
        if place.second == nil { places[ExactName(column.element)]?.second = column.offset }
      } else {
        places[ExactName(column.element)] = (column.offset, nil)
      }
    }
  }

  /// The column of this name.
  /// - Throws: ``InputError`` where there is none or more than one.
  func column(_ name: String) throws -> Int {
    guard let place = places[ExactName(name)] else {
      throw fault("there is no column \(name.quotedForMessage)\(names.alternatives(to: name, called: "columns"))")
    }
    guard let second = place.second else { return place.first }
    throw fault("column \(name.quotedForMessage) stands twice in the header, at \(place.first + 1) and \(second + 1)")
  }

  /// The layout as far as the header tells it: all but default features and the kind of target.
  func headerLayout() throws -> TableLayout {
    let single = [
      options.roles.weight, options.time, options.roles.valid, options.roles.split, options.roles.group,
      options.metadataObject,
    ]
    let given = (options.features ?? []) + (options.roles.target ?? []) + options.metadata + single.compactMap { $0 }
    var taken = given.exactNames
    func found(_ candidates: [String]) -> Int? {
      for candidate in candidates {
        let matching = names.indices.filter {
          names[$0].lowercased() == candidate && !taken.contains(ExactName(names[$0]))
        }
        // "t" before "T", which may be a temperature.
        if let index = matching.first(where: { names[$0] == candidate }) ?? matching.first { return index }
      }
      return nil
    }
    let id = try options.roles.id.map(column) ?? found(TableOptions.idNames)
    guard let id else {
      throw fault(
        "no column for the id of a sequence is named, and none is called "
          + "\(TableOptions.idNames.listedForMessage); the columns are \(names.listedForMessage)")
    }
    taken.insert(ExactName(names[id]))
    var layout = TableLayout(names: names, id: id)
    if options.time != "" { layout.time = try options.time.map(column) ?? found(TableOptions.timeNames) }
    // Beside an x, y is a coordinate.
    let hasX = names.contains { $0.lowercased() == "x" }
    let targetNames = TableOptions.targetNames.filter { $0 != "y" || !hasX }
    layout.target = try options.roles.target?.map(column) ?? found(targetNames).map { [$0] } ?? []
    layout.features = try options.features?.map(column) ?? []
    layout.weight = try options.roles.weight.map(column)
    layout.valid = try options.roles.valid.map(column)
    layout.split = try options.roles.split.map(column)
    layout.group = try options.roles.group.map(column)
    layout.metadata = try options.metadata.map(column)
    layout.metadataObject = try options.metadataObject.map(column)
    layout.tokens = options.tokens
    if layout.tokens != nil, layout.features.isEmpty {
      guard let token = found(["token", "tokens", "text"]) else {
        throw fault(
          "no column for the tokens is named, and none is called \"token\", \"tokens\", \"text\"; the columns are "
            + names.listedForMessage)
      }
      layout.features = [token]
    }
    if let targetNames = options.roles.targetValueNames {
      guard targetNames.count == layout.target.count else {
        throw fault(
          "\(targetNames.count.counted("name")) are given for the target's values, but it has "
            + layout.target.count.counted("column"))
      }
      layout.targetNames = targetNames
    }
    if layout.target.isEmpty, options.roles.targetKind != nil {
      throw fault("a kind of target is given, but no column is a target; the columns are \(names.listedForMessage)")
    }
    return layout
  }

  func fault(_ problem: String) -> InputError {
    InputError(file: file, line: line, problem: problem, isFatal: true)
  }
}
