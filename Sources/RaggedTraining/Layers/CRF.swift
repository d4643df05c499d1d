import Foundation
import RaggedCore

/// A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001), as the last layer of a model that tags
/// timesteps: it takes a score of each tag at each timestep, and adds scores of a tag after another, at the beginning and at the end.
///
/// Trained with ``Loss/crf``: −log of the likelihood of a sequence's tags among all K^T. Its output is the best path: 1 for its tag
/// at each timestep, and 0 for the others. Timesteps that are not valid are not there, so that a tag follows the last valid one;
/// a tag that was not observed is summed over. Its weights begin at 0: all paths are then as likely as the scores alone say.
public struct CRF: Layer, Equatable, Codable {
  /// What a tag may follow, by the tags' names.
  public enum Scheme: String, Sendable, Codable, CaseIterable {
    /// `I-X` stands behind `B-X` or `I-X` alone. Only the best path keeps to it: the likelihood is that of all paths, so that
    /// data which breaks the rule can be learnt from.
    case bio
  }

  /// Tags: `K`.
  public var units: Int
  /// What paths keep to; nil for all that there are.
  public var scheme: Scheme?
  /// The tags' names, where a scheme reads them.
  public var tags: [String]

  /// A layer for a number of tags.
  public init(_ units: Int) { (self.units, scheme, tags) = (units, nil, []) }

  /// A layer for tags whose names say which may follow which.
  public init(tags: [String], scheme: Scheme) { (units, self.scheme, self.tags) = (tags.count, scheme, tags) }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

extension CRF: LayerKind {
  static let name = "crf"
  static let title = "CRF"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    guard case .classPerTimestep(let names) = signature.target else {
      throw TrainingError(
        .dataMismatch,
        "a crf tags timesteps: the data's target is \(signature.target.summary), expected a class per timestep")
    }
    self.init(names.count)
    for argument in call.arguments {
      guard case .word(let word) = argument, let scheme = Scheme(rawValue: word) else {
        throw call.unexpected(argument, of: Scheme.allCases.map(\.rawValue))
      }
      self = CRF(tags: names, scheme: scheme)
    }
  }

  var arguments: [String] { scheme.map { [$0.rawValue] } ?? [] }
  var range: OutputRange { .probabilities }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    try builder.checkUnits(units, of: "a crf")
    try builder.check(
      units <= CRF.tagLimit, "a crf has \(units) tags, expected at most \(CRF.tagLimit)")
    try builder.check(
      scheme == nil || tags.count == units, "a crf of \(units.counted("tag")) has \(tags.count.counted("name"))")
    try builder.check(
      !builder.program.isPerSequence,
      "a crf needs timesteps, and the layer before gives one output per sequence (an LSTM that does not return sequences?)"
    )
    try builder.check(
      builder.program.outputWidth == units,
      "a crf of \(units.counted("tag")) stands behind \(builder.program.outputWidth.counted("output")): "
        + "expected a score of each tag, such as those of dense(\(units))")
    builder.program.operations.append(
      CRFOperation(units: units, offset: builder.program.parameterCount, isForbidden: forbidden))
    builder.addParameter("\(name)/transitions", [units, units], .zeros, .plain)
    builder.addParameter("\(name)/start", [units], .zeros, .plain)
    builder.addParameter("\(name)/end", [units], .zeros, .plain)
    // The best path is read from its end.
    builder.program.readsBackwards = true
    builder.startTail()
  }

  /// Tags of a layer at most: it has a weight for each pair.
  private static let tagLimit = 1 << 12

  /// Which tags cannot follow which, and in the last row, which cannot be the first, `[K + 1, K]`; empty where all can.
  var forbidden: [Bool] {
    guard scheme == .bio else { return [] }
    func kind(_ tag: String) -> Substring? { tag.hasPrefix("I-") || tag == "I" ? tag.dropFirst(2) : nil }
    return (tags + ["O"]).flatMap { before in
      tags.map { tag in
        guard let type = kind(tag) else { return false }
        let follows = before.hasPrefix("B-") || before.hasPrefix("I-") || before == "B" || before == "I"
        return !(follows && before.dropFirst(2) == type)
      }
    }
  }
}

/// Scores of paths through tags.
struct CRFOperation: Operation {
  /// Tags: `K`.
  var units: Int
  /// Where transitions `[K, K]` (from, to), then those from the start and to the end, `[K]` each, begin among the parameters.
  var offset: Int
  /// See ``CRF/forbidden``.
  var isForbidden: [Bool]

  /// The best path, `[rows, K]`, from the scores.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(rows: x.rows, width: units)
    y.clear()
    for sequence in context.block.rows.indices {
      for (t, tag) in bestPath(context, sequence, x).enumerated() { y.row(context.block.row(sequence, t))[tag] = 1 }
    }
    return y
  }

  /// Nothing comes back through the best path: the loss is judged by the scores before it.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? { nil }

  /// The loss of a sequence, and what its gradient adds to those of the weights and of the scores.
  func judge(
    _ context: BlockContext, _ sequence: Int, _ x: Plane, _ dx: Plane?, _ losses: UnsafeMutablePointer<Float>?,
    _ targets: TargetView, weight: Float, _ scale: Float, _ sum: inout LossSum
  ) {
    let block = context.block
    let (steps, first) = (block.lengths[sequence], context.batch.offsets[block.rows[sequence]])
    guard steps > 0, let classes = targets.classes else { return }
    let tags = (0..<steps).map { classes[first + $0] }
    let path = bestPath(context, sequence, x)
    for t in 0..<steps where tags[t] != BatchTargets.unobservedClass {
      sum.counted += 1
      if Int32(path[t]) == tags[t] { sum.hits += 1 }
    }
    var chain = TagChain(self, context, sequence, x)
    let factor = Double(weight) * Double(scale)
    var shares = dx == nil ? nil : TagShares(steps: steps, units: units)
    let all = chain.logSum({ _ in nil }, adding: 1, to: &shares)
    let own = chain.logSum({ tags[$0] >= 0 ? Int(tags[$0]) : nil }, adding: -1, to: &shares)
    let known = tags.count { $0 >= 0 }
    // Without a tag that was observed the two are the same.
    let loss = known == 0 ? 0 : all - own
    sum.loss += Double(weight) * loss
    for t in 0..<steps { losses?[first + t] = Float(loss / Double(max(1, known))) }
    guard let dx, let shares else { return }
    for t in 0..<steps {
      let target = dx.row(block.row(sequence, t))
      for k in 0..<units { target[k] = known == 0 ? 0 : Float(factor * shares.tags[t * units + k]) }
    }
    guard known > 0, let gradients = context.gradients.map({ $0 + offset }) else { return }
    for (place, share) in shares.weights.enumerated() { gradients[place] += Float(factor * share) }
  }

  /// The path of the highest score (Viterbi 1967) among those that are allowed; of equals that of the lower tags from the
  /// end. Where none is allowed, that which breaks the fewest rules.
  func bestPath(_ context: BlockContext, _ sequence: Int, _ x: Plane) -> [Int] {
    let (block, weights) = (context.block, context.parameters + offset)
    let steps = block.lengths[sequence]
    guard steps > 0 else { return [] }
    // Finite, so that paths which break rules can still be told apart.
    func penalty(_ before: Int, _ tag: Int) -> Double {
      !isForbidden.isEmpty && isForbidden[before * units + tag] ? -1e12 : 0
    }
    let (start, end) = (weights + units * units, weights + units * units + units)
    var scores = (0..<units).map { Double(start[$0]) + Double(x.row(block.row(sequence, 0))[$0]) + penalty(units, $0) }
    var origins = [Int32](repeating: 0, count: steps * units)
    var next = scores
    for t in 1..<max(1, steps) {
      let said = x.row(block.row(sequence, t))
      for j in 0..<units {
        var (best, from) = (-Double.infinity, 0)
        for i in 0..<units {
          let score = scores[i] + Double(weights[i * units + j]) + penalty(i, j)
          if score > best { (best, from) = (score, i) }
        }
        next[j] = best + Double(said[j])
        origins[t * units + j] = Int32(from)
      }
      swap(&scores, &next)
    }
    var tag = 0
    for k in 0..<units where scores[k] + Double(end[k]) > scores[tag] + Double(end[tag]) { tag = k }
    var path = [Int](repeating: tag, count: steps)
    for t in stride(from: steps - 1, to: 0, by: -1) {
      tag = Int(origins[t * units + tag])
      path[t - 1] = tag
    }
    return path
  }
}

/// How likely tags and their pairs are: what the gradient of a log-sum over paths is.
private struct TagShares {
  /// `[T, K]`.
  var tags: [Double]
  /// Of the transitions, the start and the end, `[K · K + 2K]`.
  var weights: [Double]

  init(steps: Int, units: Int) {
    tags = Array(repeating: 0, count: steps * units)
    weights = Array(repeating: 0, count: units * (units + 2))
  }
}

/// The scores of one sequence in double precision, and sums over its paths.
private struct TagChain {
  private let steps: Int
  private let units: Int
  private let scores: [Double]  // [T, K]
  private let weights: [Double]  // [K, K], start [K], end [K]
  private var alpha: [Double]  // [T, K]

  init(_ crf: CRFOperation, _ context: BlockContext, _ sequence: Int, _ x: Plane) {
    let (block, units) = (context.block, crf.units)
    (steps, self.units) = (block.lengths[sequence], units)
    scores = (0..<steps).flatMap { t in
      let row = x.row(block.row(sequence, t))
      return (0..<units).map { Double(row[$0]) }
    }
    weights = (0..<units * (units + 2)).map { Double(context.parameters[crf.offset + $0]) }
    alpha = Array(repeating: -.infinity, count: steps * units)
  }

  /// log Σ e^score over the paths that have the tags that are fixed.
  /// - Parameters:
  ///   - fixed: the tag of a timestep; nil for any.
  ///   - sign: what the likelihoods of tags and pairs are multiplied by.
  ///   - shares: where they are added.
  mutating func logSum(_ fixed: (Int) -> Int?, adding sign: Double, to shares: inout TagShares?) -> Double {
    let allowed = (0..<steps).map { t in fixed(t).map { $0..<$0 + 1 } ?? 0..<units }
    let (start, end) = (units * units, units * units + units)
    var terms = [Double](repeating: 0, count: units)
    for t in 0..<steps {
      for j in 0..<units { alpha[t * units + j] = -.infinity }
      for j in allowed[t] {
        var sum = t == 0 ? weights[start + j] : 0
        if t > 0 {
          for i in allowed[t - 1] { terms[i] = alpha[(t - 1) * units + i] + weights[i * units + j] }
          sum = Self.logSum(terms, allowed[t - 1])
        }
        alpha[t * units + j] = sum + scores[t * units + j]
      }
    }
    let last = steps - 1
    for j in allowed[last] { terms[j] = alpha[last * units + j] + weights[end + j] }
    let total = Self.logSum(terms, allowed[last])
    guard shares != nil else { return total }
    var beta = (0..<units).map { weights[end + $0] }
    for j in allowed[last] { shares?.weights[end + j] += sign * exp(alpha[last * units + j] + beta[j] - total) }
    for t in stride(from: last, through: 0, by: -1) {
      for j in allowed[t] { shares?.tags[t * units + j] += sign * exp(alpha[t * units + j] + beta[j] - total) }
      guard t > 0 else {
        for j in allowed[0] { shares?.weights[start + j] += sign * exp(alpha[j] + beta[j] - total) }
        break
      }
      var before = [Double](repeating: -.infinity, count: units)
      for i in allowed[t - 1] {
        for j in allowed[t] {
          terms[j] = weights[i * units + j] + scores[t * units + j] + beta[j]
          shares?.weights[i * units + j] += sign * exp(alpha[(t - 1) * units + i] + terms[j] - total)
        }
        before[i] = Self.logSum(terms, allowed[t])
      }
      beta = before
    }
    return total
  }

  private static func logSum(_ terms: [Double], _ range: Range<Int>) -> Double {
    var most = -Double.infinity
    for k in range { most = max(most, terms[k]) }
    guard most > -.infinity else { return most }
    var sum = 0.0
    for k in range { sum += exp(terms[k] - most) }
    return most + log(sum)
  }
}
