package import RaggedCore

/// How the records of one file go into sequences that look in a certain way: where each column belongs, and which
/// classes may come.
package struct RecordFit: Sendable {
  /// What the sequences look like before the file.
  package let signature: SequenceSignature
  /// `columns[f]` is the file's column of feature `f`; nil where they stand in one order.
  private(set) var columns: [Int]?
  /// The same for target values.
  private(set) var targetColumns: [Int]?
  /// The classes that this file may use; nil where any may come.
  package private(set) var allowedClasses: Set<ExactName>?
  /// Classes that are there from the beginning, in this order, behind those of the signature.
  private(set) var newClasses: [String] = []

  /// Compares a file with what there is.
  /// - Parameters:
  ///   - description: what the file says of its sequences.
  ///   - signature: what those that are there look like.
  ///   - declared: the only classes that the file may use.
  ///   - isClosed: whether no classes may come but those of the signature.
  /// - Throws: ``RecordFault`` that says how the two differ.
  package init(
    _ description: InputDescription, into signature: SequenceSignature, declared: [String]? = nil,
    isClosed: Bool = false
  ) throws {
    self.signature = signature
    switch (description.input, InputDescription.Input(signature.input)) {
    case (.features(let names), .features(let known)):
      columns = try RecordFit.columns(names, of: known, kind: "feature")
    case (let input, let known):
      guard input == known else {
        throw RecordFault("its timesteps are \(input.summary), the dataset's \(known.summary)")
      }
    }
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
