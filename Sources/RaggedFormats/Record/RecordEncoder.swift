package import RaggedCore

/// Turns the records of one file into numbers, and finds what is wrong with them. Has no part in where they go.
package struct RecordEncoder: Sendable {
  private let fit: RecordFit
  private let extendsVocabulary: Bool
  /// The names of the classes, those that records brought behind those that were there.
  package private(set) var classes: NameTable
  /// The same for tokens of text, without the unknown one.
  package private(set) var tokens: NameTable
  /// One more than the largest token number.
  package private(set) var tokenSize: Int
  private var classCodes = CodeMap()
  private var tokenCodes = CodeMap()
  private var cells: CellEncoder
  private let isTokens: Bool
  /// Numbers per timestep of the input.
  private let width: Int

  /// An encoder for the records of one file. Has the file's declared classes already.
  /// - Parameters:
  ///   - fit: how the file goes into the sequences that there are.
  ///   - extendsVocabulary: whether new tokens get indices; otherwise they are the unknown token.
  package init(_ fit: RecordFit, extendsVocabulary: Bool = true) {
    self.fit = fit
    self.extendsVocabulary = extendsVocabulary
    cells = CellEncoder(fit, extendsVocabulary: extendsVocabulary)
    isTokens = fit.signature.input.isTokens
    width = fit.signature.input.timestep.names.count
    classes = NameTable(fit.signature.target.isClass ? fit.signature.target.names : [])
    for name in fit.newClasses { _ = classes.index(adding: name) }
    if let column = fit.signature.input.tokens {
      tokens = NameTable(column.vocabulary?.tokens ?? [], firstIndex: 1)
      tokenSize = column.size
    } else {
      tokens = NameTable([])
      tokenSize = 0
    }
  }

  /// What the sequences look like with the names that came.
  package var signature: SequenceSignature {
    var signature = fit.signature
    if let column = signature.input.tokens {
      let grown = column.vocabulary.map { Vocabulary(unit: $0.unit, tokens: tokens.names) }
      signature.input = .tokens(size: grown?.size ?? tokenSize, vocabulary: grown)
    }
    switch signature.target {
    case .classPerSequence: signature.target = .classPerSequence(classes.names)
    case .classPerTimestep: signature.target = .classPerTimestep(classes.names)
    case .none, .valuesPerSequence, .valuesPerTimestep, .labels, .several: break
    }
    return signature
  }

  /// The columns beside input and target with the names that came.
  package var columns: [Column] { cells.columns }

  /// What the codes from 1 on stand for in the category column at this place of ``columns``.
  package func names(ofColumn place: Int) -> [String] { cells.names(ofColumn: place) }

  /// Where the names end that there are now, for ``forgetNames(since:)``.
  package struct Mark {
    fileprivate let classes: Int
    fileprivate let tokens: Int
    fileprivate let tokenSize: Int
    fileprivate let cells: [Int]
  }

  package var mark: Mark {
    Mark(classes: classes.names.count, tokens: tokens.names.count, tokenSize: tokenSize, cells: cells.mark)
  }

  /// Takes the names out again that were added since `mark`, for a record that is not taken.
  package mutating func forgetNames(since mark: Mark) {
    tokenSize = mark.tokenSize
    cells.forgetNames(since: mark.cells)
    guard classes.names.count > mark.classes || tokens.names.count > mark.tokens else { return }
    classes.removeAll(behind: mark.classes)
    tokens.removeAll(behind: mark.tokens)
    (classCodes, tokenCodes) = (CodeMap(), CodeMap())
  }

  /// The numbers of a record. O(its data).
  /// - Throws: ``RecordFault`` for a record that cannot be taken; no name has been added then.
  package mutating func encode(_ record: SequenceRecord) throws -> EncodedSequence {
    let length = record.length
    guard length <= Int(Int32.max) else {
      throw RecordFault("\(length.counted("timestep")), expected at most \(Int32.max)")
    }
    if let weight = record.weight, !(weight >= 0 && weight.isFinite) {
      throw RecordFault("the weight is \(weight), expected a finite number that is not negative")
    }
    var validity: [UInt8]?
    if let valid = record.validity {
      guard valid.count == length else {
        throw RecordFault("validity for \(valid.count.counted("timestep")), expected \(length)")
      }
      if valid.contains(false) { validity = valid.map { $0 ? 1 : 0 } }
    }
    // Checks come before anything that adds a class or a token.
    let values = try checkedValues(record, validity: validity)
    let target = try checkedTarget(record.target, length: length, validity: validity)
    let columns = try cells.encode(record)
    var result = EncodedSequence(
      length: length, input: .values(values?.values ?? []), observed: values?.observed, target: target,
      columns: columns, validity: validity)
    if values == nil { result.input = .tokens(tokenIndices(record.input)) }
    switch record.target {
    case .classPerSequence(let label): result.classIndex = label[0].isEmpty ? nil : classes.index(adding: label[0])
    case .classPerTimestep(let labels): result.target = .classes(classIndices(labels))
    case .none, .values, .stepValues: break
    }
    return result
  }

  /// The features in the dataset's order, with 0 where one was not observed; nil for tokens.
  private func checkedValues(
    _ record: SequenceRecord, validity: [UInt8]?
  ) throws -> (values: [Float], observed: [Bool]?)? {
    switch record.input {
    case .values(var values, let featureCount):
      guard !isTokens else { throw RecordFault("holds features, expected tokens") }
      if let features = fit.features {
        values = try record.rows(of: features, names: fit.signature.input.names)
      } else {
        guard featureCount == width, featureCount == 0 || values.count % featureCount == 0 else {
          throw RecordFault("\(featureCount.counted("feature")) per timestep, expected \(width)")
        }
      }
      // The closure would hold a copy of all this, so it is not made for nothing.
      if RecordEncoder.areFinite(values) { return (values, nil) }
      return try RecordEncoder.observed(values, width: width, validity: validity) {
        "feature \"\(fit.signature.featureName($0))\""
      }
    case .tokens(let tokens):
      guard isTokens else {
        throw RecordFault("holds tokens, expected \(width.counted("feature")) per timestep")
      }
      if let wrong = tokens.first(where: { $0 < 0 }) { throw RecordFault("token \(wrong), expected 0 or more") }
      return nil
    case .texts:
      guard isTokens else { throw RecordFault("holds text, expected \(width) features per timestep") }
      return nil
    }
  }

  private mutating func tokenIndices(_ input: RecordInput) -> [Int32] {
    switch input {
    case .values: return []
    case .tokens(let numbers):
      if let largest = numbers.max() { tokenSize = max(tokenSize, Int(largest) + 1) }
      return numbers
    case .texts(let words):
      tokenCodes.begin(words.names)
      return words.codes.map { code in
        tokenCodes.index(code) {
          if $0 == Vocabulary.unknownText { return Vocabulary.unknownIndex }
          return extendsVocabulary ? tokens.index(adding: $0) : tokens.index($0) ?? Vocabulary.unknownIndex
        }
      }
    }
  }

  /// A class that is named where the timestep does not count is one all the same.
  private mutating func classIndices(_ labels: Categories) -> [Int32] {
    classCodes.begin(labels.names)
    return labels.codes.map { code in
      classCodes.index(code) { $0.isEmpty ? BatchTargets.unobservedClass : classes.index(adding: $0) }
    }
  }

  private func checkedTarget(
    _ target: RecordTarget, length: Int, validity: [UInt8]?
  ) throws -> EncodedSequence.Target {
    switch (target, fit.signature.target) {
    case (.none, .none): return .none
    case (.classPerSequence(let label), .classPerSequence):
      guard label.count == 1 else { throw RecordFault("\(label.count.counted("class", "classes")) for the sequence") }
      try checkClass(label[0])
      return .none
    case (.classPerTimestep(let labels), .classPerTimestep):
      guard labels.count == length else {
        throw RecordFault("\(labels.count.counted("class", "classes")) for \(length.counted("timestep"))")
      }
      guard fit.allowedClasses != nil else { return .none }
      var checked: Set<Int32> = []
      for (t, code) in labels.codes.enumerated() where !checked.contains(code) {
        try checkClass(labels[t])
        checked.insert(code)
      }
      return .none
    case (.values(let values), .valuesPerSequence(let names)):
      guard values.count == names.count else {
        throw RecordFault("\(values.count) target values, expected \(names.count)")
      }
      return .values(
        try RecordEncoder.observedTarget(
          RecordEncoder.arranged(values, columns: fit.targetColumns), width: names.count, validity: nil,
          isPerTimestep: false
        ) { "target \"\(names[$0])\"" })
    case (.stepValues(let values, let width), .valuesPerTimestep(let names)):
      guard width == names.count, values.count == length * width else {
        throw RecordFault("\(values.count) target values, expected \(length) timesteps of \(names.count)")
      }
      return .values(
        try RecordEncoder.observedTarget(
          RecordEncoder.arranged(values, columns: fit.targetColumns), width: width, validity: validity
        ) { "target \"\(names[$0])\"" })
    default: throw RecordFault("its target is \(target.summary), expected \(fit.signature.target.kindSummary)")
    }
  }

  private func checkClass(_ name: String) throws {
    guard let allowed = fit.allowedClasses, !name.isEmpty, !allowed.contains(ExactName(name)) else { return }
    throw RecordFault(
      "class \"\(name)\" is not one of \(classes.names.filter { allowed.contains(ExactName($0)) }.quotedList)")
  }

  /// Rows of the file's columns in the dataset's order.
  private static func arranged(_ values: [Float], columns: [Int]?) -> [Float] {
    guard let columns, !columns.isEmpty else { return values }
    var result = values
    for row in stride(from: 0, to: values.count, by: columns.count) {
      for (position, column) in columns.enumerated() { result[row + position] = values[row + column] }
    }
    return result
  }

  /// Whether all numbers are finite. O(n), without a branch a number.
  static func areFinite(_ values: [Float]) -> Bool {
    // Exponent bits that are all set mean infinity or NaN; adding one to such an exponent carries into the sign's place.
    let (exponent, one) = (SIMD8<UInt32>(repeating: 0x7f80_0000), SIMD8<UInt32>(repeating: 0x0080_0000))
    let carries = values.withUnsafeBytes { bytes in
      var (vector, rest) = (SIMD8<UInt32>.zero, UInt32(0))
      var offset = 0
      while offset &+ 32 <= bytes.count {
        vector |= (bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt32>.self) & exponent) &+ one
        offset &+= 32
      }
      while offset < bytes.count {
        rest |= (bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self) & 0x7f80_0000) &+ 0x0080_0000
        offset &+= 4
      }
      for lane in 0..<8 { rest |= vector[lane] }
      return rest
    }
    return carries & 0x8000_0000 == 0
  }

  /// The values, of which none at a valid step may be infinite, with 0 where there is NaN, and which are not NaN.
  static func observed(
    _ values: [Float], width: Int, validity: [UInt8]? = nil, isPerTimestep: Bool = true, name: (Int) -> String
  ) throws -> (values: [Float], observed: [Bool]?) {
    if areFinite(values) { return (values, nil) }
    var (result, observed) = (values, [Bool](repeating: true, count: values.count))
    for (index, value) in values.enumerated() where !value.isFinite {
      if value.isNaN {
        observed[index] = false
      } else if validity.map({ $0[index / width] != 0 }) ?? true {
        throw notFinite(value, at: index, width: width, isPerTimestep: isPerTimestep, name)
      }
      result[index] = 0
    }
    return (result, observed.contains(false) ? observed : nil)
  }

  /// The values of a target, of which none at a valid step may be infinite; one that is NaN was not observed.
  private static func observedTarget(
    _ values: [Float], width: Int, validity: [UInt8]?, isPerTimestep: Bool = true, name: (Int) -> String
  ) throws -> [Float] {
    if areFinite(values) { return values }
    var result = values
    for (index, value) in values.enumerated() where !value.isFinite {
      guard value.isNaN || validity.map({ $0[index / width] == 0 }) ?? false else {
        throw notFinite(value, at: index, width: width, isPerTimestep: isPerTimestep, name)
      }
      // Of all bits that mean NaN these.
      result[index] = .nan
    }
    return result
  }

  private static func notFinite(
    _ value: Float, at index: Int, width: Int, isPerTimestep: Bool, _ name: (Int) -> String
  ) -> RecordFault {
    let place = isPerTimestep ? " at timestep \(index / width + 1)" : ""
    return RecordFault("\(name(index % width)) is \(value)\(place), expected a finite number")
  }
}

/// The indices of a record's names, each looked up where it is first used; kept while records share their names.
struct CodeMap: Sendable {
  private var names: [String] = []
  private var indices: [Int32] = []  // [names], -1 where it is not known yet

  /// Makes it that of a record's names. O(1) where they are in the same memory as those before, which are held so that
  /// nobody changes them.
  mutating func begin(_ names: [String]) {
    let isSame = self.names.withUnsafeBufferPointer { mine in
      names.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress && mine.count == $0.count }
    }
    if isSame { return }
    self.names = names
    indices.removeAll(keepingCapacity: true)
    indices.append(contentsOf: repeatElement(-1, count: names.count))
  }

  /// The index of a code.
  @inline(__always)
  mutating func index(_ code: Int32, else find: (String) -> Int32) -> Int32 {
    if indices[Int(code)] < 0 { indices[Int(code)] = find(names[Int(code)]) }
    return indices[Int(code)]
  }
}

extension SequenceSignature {
  fileprivate func featureName(_ position: Int) -> String {
    input.names.indices.contains(position) ? input.names[position] : "\(position)"
  }
}

extension RecordTarget {
  fileprivate var summary: String {
    switch self {
    case .none: "none"
    case .classPerSequence: "a class per sequence"
    case .classPerTimestep: "a class per timestep"
    case .values(let values): values.count.counted("value") + " per sequence"
    case .stepValues(_, let width): "\(width) values per timestep"
    }
  }
}

/// A record as numbers, its classes and tokens as indices.
package struct EncodedSequence {
  /// The input's numbers: `[T, F]` or `[T]`.
  package enum Input {
    case values([Float])
    case tokens([Int32])
  }

  /// The target's numbers; the class of the whole sequence stands in `classIndex`.
  package enum Target {
    case none
    case classes([Int32])
    case values([Float])
  }

  package var length: Int
  package var input: Input
  /// Which values of the input were observed, `[T, F]`; nil where all were. Those that were not are 0.
  package var observed: [Bool]?
  /// A class that was not observed is -1, and a value NaN.
  package var target: Target
  /// The cells of the columns beside input and target.
  package var columns = EncodedColumns()
  package var classIndex: Int32?
  /// `[T]`, 1 for valid; nil where all are.
  package var validity: [UInt8]?
}

/// The cells of a record's further columns as numbers, in the order of the dataset's columns of each kind.
package struct EncodedColumns: Sendable, Equatable {
  /// Numbers and codes per timestep. A number that was not observed is 0; a category's missing cell has code 0.
  package var steps = BatchCells.none
  /// `[T, K]` microseconds; `ColumnPlanes.missingTime` where a cell is missing.
  package var times: [Int64] = []
  /// Numbers and codes of the sequence, one row.
  package var statics = BatchCells.none
  /// The codes of the sequence's labels, a list a column. A label that is not known has code 0.
  package var labels: [[Int32]] = []
}

/// Why a record, or all of a file, cannot be taken; who asked adds the place.
package struct RecordFault: Error {
  package let problem: String
  /// What can be done about it.
  package let remedy: InputRemedy?

  package init(_ problem: String, remedy: InputRemedy? = nil) { (self.problem, self.remedy) = (problem, remedy) }
}
