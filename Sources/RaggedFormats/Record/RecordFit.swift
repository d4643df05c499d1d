package import RaggedCore

/// How the records of one file go into sequences that look in a certain way: where each column belongs, and which
/// classes may come.
package struct RecordFit: Sendable {
  /// What the sequences look like before the file.
  package let signature: SequenceSignature
  /// The columns beside input and target that there are, with the names of before the file.
  package let further: [Column]
  /// What is worth knowing of how the two differ, in words.
  package private(set) var notes: [String] = []
  /// Where each feature stands in the file; nil where its features are these in this order.
  private(set) var features: [Place]?
  /// Where each further column stands in the file.
  private(set) var places: [Place] = []
  /// `targetColumns[v]` is the file's place of a target value; nil where they stand in one order.
  private(set) var targetColumns: [Int]?
  /// The classes that this file may use; nil where any may come.
  package private(set) var allowedClasses: Set<ExactName>?
  /// Classes that are there from the beginning, in this order, behind those of the signature.
  private(set) var newClasses: [String] = []

  /// Where a column stands in the records of a file.
  enum Place: Sendable, Equatable {
    /// Among the features.
    case feature(Int)
    /// Among the further columns, of which it has one cell for what the extent says.
    case cells(Int, Column.Extent)
    /// Nowhere: all its cells are missing.
    case nowhere
  }

  /// Compares a file with what there is.
  /// - Parameters:
  ///   - description: what the file says of its sequences.
  ///   - signature: what those that are there look like.
  ///   - columns: the columns beside input and target that are there; nil where the file is the first.
  ///   - declared: the only classes that the file may use.
  ///   - isClosed: whether no classes may come but those of the signature.
  /// - Throws: ``RecordFault`` that says how the two differ.
  package init(
    _ description: InputDescription, into signature: SequenceSignature, columns: [Column]? = nil,
    declared: [String]? = nil, isClosed: Bool = false
  ) throws {
    self.signature = signature
    further = columns ?? description.columns
    try placeColumns(of: description)
    switch (description.target, signature.target) {
    case (.none, .none), (.classPerSequence, .classPerSequence), (.classPerTimestep, .classPerTimestep): break
    case (.valuesPerSequence(let names), .valuesPerSequence(let known)),
      (.valuesPerTimestep(let names), .valuesPerTimestep(let known)):
      targetColumns = try RecordFit.columns(names, of: known, kind: "target value")
    case (let target, let known):
      throw RecordFault("its target is \(target.summary), the dataset's \(known.kindSummary)")
    }
    let known = signature.target.isClass ? signature.target.names : []
    let knownNames = known.exactNames
    if let declared, signature.target.isClass {
      newClasses = declared.filter { !knownNames.contains(ExactName($0)) }
      if isClosed, let wrong = newClasses.first {
        throw RecordFault("it declares class \"\(wrong)\", which is not one of \(known.quotedList)")
      }
      allowedClasses = declared.exactNames
    } else if isClosed {
      allowedClasses = knownNames
    }
  }

  /// Finds the dataset's features and further columns in the file, by their names.
  private mutating func placeColumns(of description: InputDescription) throws {
    guard case .features(let names) = description.input,
      case .features(let known) = InputDescription.Input(signature.input)
    else {
      let known = InputDescription.Input(signature.input)
      guard description.input == known else {
        throw RecordFault("its timesteps are \(description.input.summary), the dataset's \(known.summary)")
      }
      try placeFurther(description, features: [], isKnown: [])
      return
    }
    // Names that a reader made up say nothing of what is missing.
    let areMadeUp = !names.isEmpty && names.areExactly("f".numbers(names.count)) && description.columns.isEmpty
    if areMadeUp, further.isEmpty { _ = try RecordFit.columns(names, of: known, kind: "feature") }
    let all = names + description.columns.map(\.name)
    guard all.exactNames.count == all.count else { throw RecordFault("it names a column twice: \(all.quotedList)") }
    var isKnown: Set<ExactName> = []
    let inFile = Dictionary(
      zip(description.columns.map { ExactName($0.name) }, description.columns.indices), uniquingKeysWith: { a, _ in a })
    let positions = names.positions()
    var found: [Place] = []
    for name in known {
      isKnown.insert(ExactName(name))
      if let position = positions[ExactName(name)] {
        found.append(.feature(Int(position)))
      } else if let place = inFile[ExactName(name)] {
        let column = description.columns[place]
        guard column.kind == .number else { throw RecordFit.kindFault(name, column.kind, .number) }
        found.append(.cells(place, column.extent))
      } else {
        found.append(.nowhere)
      }
    }
    if found != names.indices.map(Place.feature) { features = found }
    try placeFurther(description, features: names, isKnown: isKnown)
    let missing = zip(known, found).filter { $0.1 == .nowhere }.map(\.0)
    // A file with nothing of the input is another kind of data.
    if !missing.isEmpty, missing.count == known.count, !places.contains(where: { $0 != .nowhere }) {
      throw RecordFault("it lacks feature \(missing.quotedList); the dataset's are \(known.quotedList)")
    }
    noteMissing(missing + zip(further, places).filter { $0.1 == .nowhere }.map(\.0.name))
  }

  private mutating func placeFurther(
    _ description: InputDescription, features: [String], isKnown: Set<ExactName>
  ) throws {
    var isKnown = isKnown
    let cells = Dictionary(
      zip(description.columns.map { ExactName($0.name) }, description.columns.indices), uniquingKeysWith: { a, _ in a })
    let numbers = features.positions()
    places = try further.map { column in
      isKnown.insert(ExactName(column.name))
      if let place = cells[ExactName(column.name)] {
        let found = description.columns[place]
        guard found.kind == column.kind else { throw RecordFit.kindFault(column.name, found.kind, column.kind) }
        guard (found.extent == .labels) == (column.extent == .labels) else {
          throw RecordFault(
            "column \"\(column.name)\" is \(found.wordsOfCells) in this file and \(column.wordsOfCells) in the dataset",
            remedy: column.extent == .labels ? .takeAsLabels([column.name]) : nil)
        }
        return .cells(place, found.extent)
      }
      guard let number = numbers[ExactName(column.name)] else { return .nowhere }
      guard column.kind == .number else { throw RecordFit.kindFault(column.name, .number, column.kind) }
      return .feature(Int(number))
    }
    let surplus = (features + description.columns.map(\.name)).filter { !isKnown.contains(ExactName($0)) }
    guard surplus.isEmpty else {
      let known = signature.input.names + further.map(\.name)
      let lacking = signature.input.names.filter { name in
        !features.containsExactly(name) && !description.columns.contains { $0.name.isExactly(name) }
      }
      let lack = lacking.isEmpty ? "" : "lacks feature \(lacking.quotedList) and "
      throw RecordFault(
        "it \(lack)has \(surplus.allSatisfy(features.containsExactly) ? "feature" : "column") \(surplus.quotedList), "
          + "which the dataset has not; the dataset's are \(known.quotedList)", remedy: .skipColumns(surplus))
    }
    if case .features = description.input { return }
    noteMissing(zip(further, places).filter { $0.1 == .nowhere }.map(\.0.name))
  }

  private mutating func noteMissing(_ names: [String]) {
    guard !names.isEmpty else { return }
    notes.append(
      "lacks column \(names.quotedList) of the dataset: all \(names.count == 1 ? "its" : "their") cells are missing")
  }

  private static func kindFault(_ name: String, _ found: Column.Kind, _ known: Column.Kind) -> RecordFault {
    RecordFault(
      "column \"\(name)\" is \(found.words) in this file and \(known.words) in the dataset",
      remedy: .sayColumnKind(name, known))
  }

  /// Where each of the dataset's names stands in the file; nil where the order is the same.
  private static func columns(_ names: [String], of known: [String], kind: String) throws -> [Int]? {
    if names.areExactly(known) { return nil }
    let (positions, knownNames) = (names.positions(), known.exactNames)
    let missing = known.filter { positions[ExactName($0)] == nil }
    let surplus = names.filter { !knownNames.contains(ExactName($0)) }
    guard missing.isEmpty, surplus.isEmpty, names.count == known.count else {
      var faults: [String] = []
      if !missing.isEmpty { faults.append("lacks \(kind) \(missing.quotedList)") }
      if !surplus.isEmpty { faults.append("has \(kind) \(surplus.quotedList), which the dataset has not") }
      if faults.isEmpty { faults.append("names a \(kind) twice") }
      throw RecordFault("it \(faults.joined(separator: " and ")); the dataset's are \(known.quotedList)")
    }
    return known.compactMap { positions[ExactName($0)].map(Int.init) }
  }
}

extension Column {
  /// What a user calls its cells: `text per timestep`, `a list of labels per sequence`.
  fileprivate var wordsOfCells: String { extent == .labels ? summary : "\(kind.words) per \(extent.rawValue)" }
}
