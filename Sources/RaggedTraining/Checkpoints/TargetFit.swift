import RaggedCore

/// How one target of some data is brought to that of a model: classes and labels are matched by name.
struct TargetFit: Sendable {
  /// The target as the model takes it, with the classes that it does not know last.
  private(set) var signature: TargetSignature
  /// Those classes.
  private(set) var unknownClasses: [String] = []
  /// The model's number of each of the data's classes; nil where these are the same.
  private var classes: [Int32]?
  /// The number of labels that a sequence has or has not, where lists of labels become that.
  private var labelCount: Int?

  /// Whether the target is as the model takes it.
  var isIdentity: Bool { classes == nil && labelCount == nil }

  /// Compares the data's target with the model's.
  /// - Throws: ``TrainingError`` that says how they differ.
  init(data: TargetSignature, model: TargetSignature) throws {
    signature = model
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    switch (data, model) {
    case (.classPerSequence(let names), .classPerSequence(let expected)),
      (.classPerTimestep(let names), .classPerTimestep(let expected)), (.labels(let names), .labels(let expected)):
      if names.areExactly(expected) { return }
      let index = expected.positions()
      unknownClasses = names.filter { index[ExactName($0)] == nil }
      guard names.isEmpty || unknownClasses.count < names.count else {
        throw fail(
          "the data's classes are \(names.listed), and the model knows none of them: it knows \(expected.listed)")
      }
      var next = Int32(expected.count)
      classes = names.map { name in
        if let known = index[ExactName(name)] { return known }
        defer { next += 1 }
        return next
      }
      let all = expected + unknownClasses
      signature = data.isLabels ? .labels(all) : data.isPerTimestep ? .classPerTimestep(all) : .classPerSequence(all)
    case (.labels(let names), .valuesPerSequence(let expected)):
      let index = expected.positions()
      labelCount = expected.count
      classes = names.map { index[ExactName($0)] ?? BatchTargets.unobservedClass }
    case (.valuesPerSequence(let names), .valuesPerSequence(let expected)) where names.areExactly(expected): return
    case (.valuesPerTimestep(let names), .valuesPerTimestep(let expected)) where names.areExactly(expected): return
    default: throw fail("the data's target is \(data.summary), the model's \(model.summary)")
    }
  }

  /// A batch's targets as the model takes them.
  func transform(_ targets: BatchTargets) -> BatchTargets {
    guard let classes else { return targets }
    func known(_ index: Int32) -> Int32 { index == BatchTargets.unobservedClass ? index : classes[Int(index)] }
    switch targets {
    case .classPerSequence(let values): return .classPerSequence(values.map(known))
    case .classPerTimestep(let values): return .classPerTimestep(values.map(known))
    case .labels(let lists) where labelCount != nil:
      let width = labelCount ?? 0
      var values = [Float](repeating: 0, count: lists.count * width)
      for b in 0..<lists.count {
        // A label that the model does not know is none of its outputs.
        for label in lists[b].map(known) where label >= 0 { values[b * width + Int(label)] = 1 }
      }
      return .valuesPerSequence(values, width: width)
    case .labels(let lists):
      return .labels(LabelLists(codes: lists.codes.map(known), offsets: lists.offsets))
    case .none, .valuesPerSequence, .valuesPerTimestep, .several: return targets
    }
  }
}
