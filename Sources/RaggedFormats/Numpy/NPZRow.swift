import RaggedCore

/// The bytes of one sequence, from every array that has some of it.
struct NPZRow {
  private var input: [UInt8]
  private let inputType: NPYType
  private var targets: [UInt8] = []
  private var mask: [Bool]?
  private var validity: [Bool]?
  private var length: Int64
  private var keyText: String?
  private var weight: Float?
  private var hasWeight = true
  private var split: String?
  private var group: String?
  private var metadata: String?
  private var further: [[UInt8]] = []
  private var labels: [[UInt8]] = []
  private var observed: [Bool]?
  private let steps: Int
  private var fault: RecordFault?

  /// Reads the next sequence of every array.
  /// - Parameters:
  ///   - offset: where it begins in an input that is laid end to end; moves to its end.
  ///   - listOffsets: the same for each list of labels.
  init(_ layout: NPZLayout, _ position: Int, _ offset: inout Int, _ listOffsets: inout [Int]) throws {
    let element = try layout.element(position)
    switch layout.arrangement {
    case .padded(let length): steps = length
    case .ragged:
      steps = try layout.offsets.map { try NPZRow.count(layout.input, "timesteps", $0, layout, position, &offset) } ?? 0
    case .list: steps = element?.shape[0] ?? 0
    }
    length = Int64(steps)
    let width: Int = if case .features(let count) = layout.kind { count } else { 1 }
    input = try (element ?? layout.input).read(steps * width)
    try element?.finish()
    inputType = (element ?? layout.input).type
    if let lengths = layout.lengths { length = lengths.type.integers(try lengths.read(1)).first ?? 0 }
    if let array = layout.mask { mask = array.type.truths(try array.read(steps)) }
    if let array = layout.validity { validity = array.type.truths(try array.read(steps)) }
    if let found = layout.targets {
      targets = try found.array.read((found.kind.isPerTimestep ? steps : 1) * found.width)
    }
    if let array = layout.keys {
      let bytes = try array.read(1)
      keyText =
        array.type.isText ? array.type.texts(bytes).first ?? "" : array.type.integers(bytes).first.map { "\($0)" }
    }
    if let array = layout.weights { weight = array.type.floats(try array.read(1)).first }
    if let array = layout.hasWeight { hasWeight = try array.read(1).first != 0 }
    split = try text(layout.splits)
    group = try text(layout.groups)
    metadata = try text(layout.metadata)
    if let array = layout.further.observed { observed = array.type.truths(try array.read(steps * width)) }
    for plane in layout.further.planes {
      further.append(try plane.array.read((plane.isPerTimestep ? steps : 1) * plane.columns.count))
    }
    for (place, list) in layout.further.lists.enumerated() {
      let count = try NPZRow.count(list.array, "labels", list.offsets, layout, position, &listOffsets[place])
      labels.append(try list.array.read(count))
    }
  }

  /// The key; empty where it is no text.
  var key: String { keyText ?? "" }

  /// What is said of the first whole number among features and values that float32 does not hold; nil without one.
  func rounded(_ layout: NPZLayout) -> String? {
    var arrays: [(NPYStream, [UInt8])] = []
    if case .features = layout.kind { arrays.append((layout.input, input)) }
    if let found = layout.targets, found.kind == .valuesPerSequence || found.kind == .valuesPerTimestep {
      arrays.append((found.array, targets))
    }
    for (array, bytes) in arrays {
      guard let number = array.type.firstUnheld(bytes) else { continue }
      return ReaderNotes.rounding(of: number, in: "array \(array.name.quotedForMessage)")
    }
    return nil
  }

  /// Elements of a sequence in an array in which it is laid end to end with others.
  private static func count(
    _ array: NPYStream, _ what: String, _ offsets: NPYStream, _ layout: NPZLayout, _ position: Int,
    _ offset: inout Int
  ) throws -> Int {
    func next() throws -> Int64 { offsets.type.integers(try offsets.read(1)).first ?? -1 }
    if position == 0 {
      let first = try next()
      guard first == 0 else { throw offsets.fault("begins with \(first), expected 0") }
    }
    let (end, total) = (try next(), array.shape[0])
    guard end >= offset else { throw offsets.fault("goes back from \(offset) to \(end) at [\(position + 1)]") }
    guard end <= total else {
      throw offsets.fault(
        "is \(end) at [\(position + 1)], but \(array.name.quotedForMessage) has \(total) \(what)")
    }
    guard position + 1 < layout.count || end == total else {
      throw offsets.fault("ends with \(end), but \(array.name.quotedForMessage) has \(total) \(what)")
    }
    defer { offset = Int(end) }
    return Int(end) - offset
  }

  /// The text of an array; nil where it is empty.
  private mutating func text(_ array: NPYStream?) throws -> String? {
    guard let array else { return nil }
    guard let text = array.type.texts(try array.read(1)).first ?? "" else {
      fault = fault ?? RecordFault("array \(array.name.quotedForMessage) holds no valid text")
      return nil
    }
    return text.isEmpty ? nil : text
  }

  /// The record.
  /// - Parameter limit: how many of its timesteps are wanted; nil for all.
  /// - Throws: ``RecordFault``.
  func record(_ layout: NPZLayout, key: String, upTo limit: Int? = nil) throws -> SequenceRecord {
    if let fault { throw fault }
    if key.isEmpty { throw RecordFault("its key is empty or no valid text") }
    guard length >= 0, length <= steps else {
      throw RecordFault("its length is \(length), expected 0 to \(steps)")
    }
    let all = try realTimesteps()
    let real = limit.map { Array(all.prefix($0)) } ?? all
    let valid = validity.map { validity in real.map { validity[$0] } }
    let input = try recordInput(layout, real, valid)
    let target = try recordTarget(layout, real, valid)
    if let weight, hasWeight, !(weight >= 0 && weight.isFinite) {
      throw RecordFault("its weight is \(weight), expected a finite number that is not negative")
    }
    if let metadata, !metadata.isJSONObject {
      throw RecordFault("its metadata is \(metadata.quotedForMessage), expected a JSON object")
    }
    let bytes = zip(layout.further.planes, further).map { plane, bytes in
      plane.isPerTimestep ? steps(bytes, real, stepBytes: plane.columns.count * plane.array.type.size) : bytes
    }
    return SequenceRecord(
      key: key, input: input, target: target,
      cells: try layout.further.cells(bytes, labels: labels, missing: layout.missing),
      weight: hasWeight ? weight : nil, validity: valid, split: split, group: group, metadata: metadata,
      length: real.count)
  }

  /// The timesteps that are no padding.
  private func realTimesteps() throws -> [Int] {
    guard let mask else { return Array(0..<Int(length)) }
    let real = mask.indices.filter { mask[$0] }
    guard real.count <= length else {
      throw RecordFault("its mask has \(real.count.counted("real timestep")), but its length is \(length)")
    }
    return real
  }

  /// The bytes of these timesteps.
  private func steps(_ bytes: [UInt8], _ real: [Int], stepBytes: Int) -> [UInt8] {
    if real.last.map({ $0 == real.count - 1 }) ?? true { return Array(bytes.prefix(real.count * stepBytes)) }
    return real.flatMap { bytes[$0 * stepBytes..<($0 + 1) * stepBytes] }
  }

  private func recordInput(
    _ layout: NPZLayout, _ real: [Int], _ valid: [Bool]?
  ) throws -> RecordInput {
    let type = inputType
    switch layout.kind {
    case .features(let count):
      let bytes = steps(input, real, stepBytes: count * type.size)
      var values = type.floats(bytes)
      if let observed {
        for (index, t) in real.enumerated() {
          for f in 0..<count where !observed[t * count + f] { values[index * count + f] = .nan }
        }
      }
      values = try layout.missing.marked(values, width: count, valid) {
        NPZRow.fault($0, layout.input.name, real[$1], $2)
      }
      return .values(values, featureCount: count)
    case .tokens:
      return .tokens(
        try type.integers(steps(input, real, stepBytes: type.size)).map { number in
          guard let token = Int32(exactly: number), token >= 0 || number == layout.paddingToken else {
            throw RecordFault("its token \(number) is none, expected 0 to \(Int32.max)")
          }
          return token
        })
    case .vocabulary(let words, _):
      let codes = try type.integers(steps(input, real, stepBytes: type.size)).map { number in
        guard number >= 0, number < words.count else {
          throw RecordFault("its token \(number) is not in the vocabulary, expected 0 to \(words.count - 1)")
        }
        return Int32(number)
      }
      return .texts(Categories(codes: codes, names: words))
    case .text:
      return .text(
        try type.texts(steps(input, real, stepBytes: type.size)).enumerated().map { t, text in
          guard let text else { throw RecordFault("its token at timestep \(real[t] + 1) is no valid text") }
          return text
        })
    }
  }

  private func recordTarget(
    _ layout: NPZLayout, _ real: [Int], _ valid: [Bool]?
  ) throws -> RecordTarget {
    guard let found = layout.targets else { return .none }
    let type = found.array.type
    func named<T>(_ body: () throws -> T) throws -> T {
      do { return try body() } catch let fault as RecordFault {
        throw RecordFault("array \(found.array.name.quotedForMessage) \(fault.problem)", remedy: fault.remedy)
      }
    }
    switch found.kind {
    case .classPerSequence: return .classPerSequence(try named { try found.classes(targets) })
    case .classPerTimestep:
      return .classPerTimestep(try named { try found.classes(steps(targets, real, stepBytes: type.size)) })
    case .valuesPerSequence:
      let values = try layout.missing.marked(type.floats(targets), width: found.width, nil) { value, _, _ in
        RecordFault("array \(found.array.name.quotedForMessage) holds \(value), expected finite float32 numbers")
      }
      return .values(values)
    case .valuesPerTimestep:
      let bytes = steps(targets, real, stepBytes: found.width * type.size)
      let values = try layout.missing.marked(type.floats(bytes), width: found.width, valid) {
        NPZRow.fault($0, found.array.name, real[$1], $2)
      }
      return .stepValues(values, width: found.width)
    }
  }

  private static func fault(_ value: Float, _ name: String, _ timestep: Int, _ place: Int) -> RecordFault {
    RecordFault(
      "array \(name.quotedForMessage) is \(value) at timestep \(timestep + 1), place \(place + 1), "
        + "expected a finite number (beyond float32, or infinite)")
  }
}
