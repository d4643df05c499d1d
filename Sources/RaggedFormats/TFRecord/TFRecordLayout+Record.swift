import RaggedCore

extension TFRecordLayout {
  /// The record of one example.
  /// - Parameters:
  ///   - key: set as soon as it is known, for errors.
  ///   - rounded: what is said of the first whole number that float32 does not hold.
  /// - Throws: ``SequenceExampleFault``.
  func record(_ example: SequenceExampleView, defaultKey: String, _ key: inout String?, rounded: inout String?) throws
    -> SequenceRecord
  {
    key = try id == nil ? defaultKey : text(id, example)
    guard let key, !key.isEmpty else {
      throw SequenceExampleFault("has no feature \((id ?? "").quotedForMessage) or an empty one, expected a key")
    }
    let (input, length) = try input(example)
    try checkLength(example, length)
    var validity = try validity(example, length)
    var record = SequenceRecord(
      key: key, input: input, target: try target(example, length, &validity),
      split: try text(options.roles.split ?? "split", example),
      group: try text(options.roles.group ?? "group", example))
    if case .values(let values, let width) = input {
      record.input = .values(
        try finite(values, inputs.listedForMessage, width: width, &validity), featureCount: width)
    }
    record.validity = validity
    if rounded == nil { rounded = try self.rounded(example) }
    record.weight = try weight(example)
    record.metadata = try metadata(example)
    return record
  }

  /// Holds what the record says of its length against its timesteps.
  private func checkLength(_ example: SequenceExampleView, _ steps: Int) throws {
    let others = [
      id, target?.name, options.roles.weight, options.roles.split, options.roles.group, options.metadataObject,
    ]
    let name = options.lengths ?? "length"
    guard options.lengths != "none", !others.contains(name) else { return }
    guard let values = try example.context(name) else {
      if options.lengths == nil { return }
      throw SequenceExampleFault("has no feature \(name.quotedForMessage), expected its length")
    }
    // A real number of that name that nobody named may be anything.
    if options.lengths == nil, values.kind != .integers { return }
    guard values.count == 1, let number = values.integers.first else {
      throw SequenceExampleFault("feature \(name.quotedForMessage) is not one whole number, expected its length")
    }
    guard number != Int64(steps) else { return }
    throw SequenceExampleFault(
      "feature \(name.quotedForMessage) is \(number), but \(inputs.listedForMessage) has \(steps.counted("timestep"))",
      remedy: .ignoreLengths)
  }

  /// The first number of a record that float32 does not hold, in words.
  private func rounded(_ example: SequenceExampleView) throws -> String? {
    var names = input == .features && hasWholeFeatures ? inputs : []
    if let target, target.kind == .valuesPerSequence || target.kind == .valuesPerTimestep { names.append(target.name) }
    for name in names {
      let values = try example.list(name)?.values ?? example.context(name)
      if let note = values?.rounded(name) { return note }
    }
    return nil
  }

  private func input(_ example: SequenceExampleView) throws -> (RecordInput, length: Int) {
    var parts: [(values: [Float], width: Int)] = []
    var length: Int?
    for (name, expected) in zip(inputs, widths) {
      guard let list = try example.list(name) else {
        throw SequenceExampleFault("has no feature list \(name.quotedForMessage)")
      }
      guard list.width ?? expected == expected else {
        throw SequenceExampleFault(
          "feature list \(name.quotedForMessage) has \((list.width ?? 0).counted("value")) a timestep, expected "
            + "\(expected ?? 0)")
      }
      guard list.steps == length ?? list.steps else {
        throw SequenceExampleFault(
          "feature list \(name.quotedForMessage) has \(list.steps.counted("timestep")), but "
            + "\(inputs[0].quotedForMessage) has \(length ?? 0)")
      }
      length = list.steps
      switch self.input {
      case .tokens: return (.tokens(try tokens(list.values, name)), list.steps)
      case .text: return (.text(try words(list.values, name, example)), list.steps)
      case .features: break
      }
      guard let numbers = list.values.numbers else {
        throw SequenceExampleFault("feature list \(name.quotedForMessage) holds text, expected numbers")
      }
      parts.append((numbers, expected ?? 1))
    }
    let (steps, width) = (length ?? 0, totalWidth ?? 1)
    guard parts.count != 1 else { return (.values(parts[0].values, featureCount: width), steps) }
    var values: [Float] = []
    values.reserveCapacity(steps * width)
    for t in 0..<steps { for part in parts { values += part.values[t * part.width..<(t + 1) * part.width] } }
    return (.values(values, featureCount: width), steps)
  }

  private func tokens(_ values: FeatureValues, _ name: String) throws -> [Int32] {
    guard values.kind == .integers || values.count == 0 else {
      throw SequenceExampleFault("feature list \(name.quotedForMessage) holds no whole numbers, expected tokens")
    }
    return try values.integers.map { number in
      guard let token = Int32(exactly: number), token >= 0 else {
        throw SequenceExampleFault("token \(number) is none, expected 0 to \(Int32.max)")
      }
      return token
    }
  }

  private func words(_ values: FeatureValues, _ name: String, _ example: SequenceExampleView) throws -> [String] {
    guard var words = try values.texts(name) else {
      throw SequenceExampleFault("feature list \(name.quotedForMessage) holds real numbers, expected text")
    }
    guard let numbers, let list = try example.list(numbers), list.values.integers.count == words.count else {
      return words
    }
    for (t, number) in list.values.integers.enumerated() where number == 0 { words[t] = Vocabulary.unknownText }
    return words
  }

  private func target(
    _ example: SequenceExampleView, _ length: Int, _ validity: inout [Bool]?
  ) throws -> RecordTarget {
    guard let target else { return .none }
    let name = target.name.quotedForMessage
    func missing() -> SequenceExampleFault { SequenceExampleFault("has no feature \(name), expected a target") }
    func checked(_ found: Int, _ expected: Int) throws {
      guard found == expected else {
        throw SequenceExampleFault("feature \(name) has \(found.counted("value")), expected \(expected)")
      }
    }
    guard target.isList else {
      guard let values = try example.context(target.name) else { throw missing() }
      if target.kind == .classPerSequence {
        try checked(values.count, 1)
        guard let label = try values.texts(target.name)?.first else {
          throw SequenceExampleFault("feature \(name) is a real number, expected a class")
        }
        return .label(label)
      }
      try checked(values.count, target.width ?? values.count)
      guard target.kind == .valuesPerSequence, let numbers = values.numbers else {
        throw SequenceExampleFault("feature \(name) is one of the sequence, which is no \(target.kind.rawValue)")
      }
      if let wrong = numbers.first(where: { !$0.isFinite }) {
        throw SequenceExampleFault("feature \(name) is \(wrong), expected a finite number")
      }
      return .values(numbers)
    }
    guard let list = try example.list(target.name) else { throw missing() }
    guard list.steps == length else {
      throw SequenceExampleFault(
        "feature list \(name) has \(list.steps.counted("timestep")), but the input has \(length)")
    }
    if target.kind == .classPerTimestep {
      try checked(list.width ?? 1, 1)
      guard let labels = try list.values.texts(target.name) else {
        throw SequenceExampleFault("feature list \(name) holds real numbers, expected classes")
      }
      return .labels(labels)
    }
    let width = target.width ?? list.width ?? 1
    try checked(list.width ?? width, width)
    guard target.kind == .valuesPerTimestep, let numbers = list.values.numbers else {
      throw SequenceExampleFault("feature list \(name) is one of timesteps, which is no \(target.kind.rawValue)")
    }
    return .stepValues(try finite(numbers, name, width: width, &validity), width: width)
  }

  private func validity(_ example: SequenceExampleView, _ length: Int) throws -> [Bool]? {
    guard let list = try example.list(options.roles.valid ?? "valid") else { return nil }
    guard list.steps == length, let numbers = list.values.numbers, numbers.count == length else {
      throw SequenceExampleFault(
        "its validity has \(list.values.count.counted("number")) for \(length.counted("timestep"))")
    }
    return numbers.map { $0 != 0 }
  }

  private func weight(_ example: SequenceExampleView) throws -> Float? {
    guard let values = try example.context(options.roles.weight ?? "weight") else { return nil }
    guard let weight = values.numbers?.first, values.count == 1, weight >= 0, weight.isFinite else {
      throw SequenceExampleFault("its weight is no finite number that is not negative")
    }
    return weight
  }

  /// The text of a feature of the sequence; nil where there is none.
  private func text(_ name: String?, _ example: SequenceExampleView) throws -> String? {
    guard let name, let values = try example.context(name) else { return nil }
    guard values.count == 1, let text = try values.texts(name)?.first else {
      throw SequenceExampleFault("feature \(name.quotedForMessage) is not one text")
    }
    return text
  }

  private func metadata(_ example: SequenceExampleView) throws -> String? {
    guard var metadata = try text(options.metadataObject ?? "metadata", example) else { return nil }
    let isObject = metadata.withUTF8 { buffer in
      buffer.baseAddress.map { ByteSlice(base: $0, count: buffer.count).isJSONObject } ?? false
    }
    guard isObject else {
      throw SequenceExampleFault("its metadata is \(metadata.quotedForMessage), expected a JSON object")
    }
    return metadata
  }

  /// The values, of which all at valid timesteps must be finite, or mean a missing value.
  private func finite(_ values: [Float], _ name: String, width: Int, _ validity: inout [Bool]?) throws -> [Float] {
    guard !missingNumbers.isEmpty || !values.allSatisfy(\.isFinite) else { return values }
    var values = values
    for (index, value) in values.enumerated() where !value.isFinite || missingNumbers.contains(value) {
      let t = index / width
      if validity?[t] != false {
        guard value.isNaN && options.missing.containNotANumber || missingNumbers.contains(value) else {
          throw SequenceExampleFault(
            "feature list \(name) is \(value) at timestep \(t + 1), expected a finite number",
            remedy: value.isNaN ? .acceptMissing(["nan"]) : nil)
        }
        if validity == nil { validity = Array(repeating: true, count: values.count / width) }
        validity?[t] = false
      }
      values[index] = 0
    }
    return values
  }
}
