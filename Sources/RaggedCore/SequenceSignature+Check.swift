extension SequenceSignature {
  /// Checks that a batch has this shape: its input, its targets, and every class and code within its range. A class may
  /// be ``BatchTargets/unobservedClass``.
  /// - Throws: ``RaggedCoreError`` that names both sides.
  public func check(_ batch: SequenceBatch) throws {
    guard batch.isConsistent else {
      throw RaggedCoreError(.shapeMismatch, "the batch's buffers do not have the sizes that its offsets ask for")
    }
    try input.timestep.check(batch.input, per: "timestep") { input.summary }
    try input.statics.check(batch.statics, per: "sequence") { "\(input.statics.summary) per sequence" }
    try checkTargets(batch.targets, target)
    if !labels.isEmpty || !batch.labels.isEmpty { try checkLabels(batch.labels) }
  }

  private func checkLabels(_ lists: [LabelLists]) throws {
    guard lists.count == labels.count else {
      throw RaggedCoreError(
        .shapeMismatch,
        "the batch holds \(lists.count.counted("column")) of labels, expected \(labels.count.counted("column"))")
    }
    for (column, lists) in zip(labels, lists) {
      if let wrong = lists.codes.first(where: { $0 < 0 || $0 >= column.size }) {
        throw RaggedCoreError(.outOfRange, "label of \"\(column.name)\": \(wrong), expected 0 to \(column.size - 1)")
      }
    }
  }

  private func checkTargets(_ targets: BatchTargets, _ target: TargetSignature) throws {
    switch (target, targets) {
    case (.none, .none): break
    case (.several(let signatures), .several(let parts)) where signatures.count == parts.count:
      for (signature, part) in zip(signatures, parts) { try checkTargets(part, signature.target) }
    case (.classPerSequence(let names), .classPerSequence(let classes)),
      (.classPerTimestep(let names), .classPerTimestep(let classes)):
      if let wrong = classes.first(where: { $0 < BatchTargets.unobservedClass || $0 >= names.count }) {
        throw RaggedCoreError(.outOfRange, "class \(wrong), expected 0 to \(names.count - 1)")
      }
    case (.valuesPerSequence(let names), .valuesPerSequence(_, let width)) where names.count == width: break
    case (.valuesPerTimestep(let names), .valuesPerTimestep(_, let width)) where names.count == width: break
    case (.labels(let names), .labels(let lists)):
      if let wrong = lists.codes.first(where: { $0 < BatchTargets.unobservedClass || $0 >= names.count }) {
        throw RaggedCoreError(.outOfRange, "label \(wrong), expected 0 to \(names.count - 1)")
      }
    default:
      throw RaggedCoreError(.shapeMismatch, "the batch's targets are \(targets.summary), expected \(target.summary)")
    }
  }
}

extension InputSignature {
  /// In words, for messages.
  public var summary: String {
    if let tokens {
      return tokens.vocabulary.map { "text of \($0.tokens.count.counted("token"))" }
        ?? (tokens.size < 1 ? "no tokens" : "tokens 0 to \(tokens.size - 1)")
    }
    return "\(timestep.summary) per timestep" + (statics.isEmpty ? "" : ", \(statics.summary) per sequence")
  }
}

extension BatchTargets {
  var summary: String {
    switch self {
    case .none: "none"
    case .classPerSequence: "a class per sequence"
    case .classPerTimestep: "a class per timestep"
    case .valuesPerSequence(_, let width): "\(width.counted("value")) per sequence"
    case .valuesPerTimestep(_, let width): "\(width.counted("value")) per timestep"
    case .labels: "a list of labels per sequence"
    case .several(let parts): "\(parts.count) targets (\(parts.map(\.summary).joined(separator: "; ")))"
    }
  }
}

extension TargetSignature {
  /// In words, for messages.
  public var summary: String {
    switch self {
    case .none: "none"
    case .classPerSequence(let names): "a class per sequence, of \(names.count)"
    case .classPerTimestep(let names): "a class per timestep, of \(names.count)"
    case .valuesPerSequence(let names): "\(names.count.counted("value")) per sequence"
    case .valuesPerTimestep(let names): "\(names.count.counted("value")) per timestep"
    case .labels(let names): "a list of labels per sequence, of \(names.count)"
    case .several(let parts):
      "\(parts.count) targets (\(parts.map { "\($0.name): \($0.target.summary)" }.joined(separator: "; ")))"
    }
  }
}
