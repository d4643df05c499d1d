import Foundation
import RaggedCore
import RaggedTraining

/// How new sequences are drawn from a model of what comes next.
public struct GenerationOptions: Sendable, Equatable {
  /// The number of sequences.
  public var count: Int
  /// How far from the model's own probabilities: they are raised to 1 / temperature. 1 takes them as they are, less makes
  /// the likely likelier, and 0 takes the likeliest.
  public var temperature: Double
  /// Only this number of the likeliest names is drawn from, of equals the first; nil draws from all.
  public var top: Int?
  /// What each sequence begins with.
  public var start: [String]
  /// Names that a sequence has at most, those of ``start`` among them.
  public var limit: Int
  /// Decides what is drawn: each sequence has random numbers of its own, so that more of them change none.
  public var seed: UInt64

  /// Sequences that are drawn where nothing is said.
  public static let usualCount = 20
  /// Names that a sequence has at most where nothing is said.
  public static let usualLimit = 100

  /// Options; what is left out has its default.
  public init(
    count: Int = GenerationOptions.usualCount, temperature: Double = 1, top: Int? = nil, start: [String] = [],
    limit: Int = GenerationOptions.usualLimit, seed: UInt64 = 0
  ) {
    (self.count, self.temperature, self.top) = (count, temperature, top)
    (self.start, self.limit, self.seed) = (start, limit, seed)
  }

  /// Checks that every number has a meaning.
  /// - Throws: `TrainingError` that names the number at fault.
  public func validate() throws {
    for (what, number) in [("sequences", count), ("likeliest names", top ?? 1), ("names of a sequence", limit)]
    where !(1...Int.largestCount).contains(number) {
      throw TrainingError(.invalidModel, "the number of \(what) is \(number), expected 1 to \(Int.largestCount)")
    }
    guard temperature >= 0, temperature.isFinite else {
      throw TrainingError(.invalidModel, "the temperature is \(temperature), expected 0 or more")
    }
  }
}

/// A sequence that was drawn.
public struct GeneratedSequence: Sendable, Equatable, Codable {
  /// The names, those it was begun with among them.
  public var names: [String]
  /// Whether the model ended it; where not, it has as many names as it may have.
  public var isEnded: Bool
}

extension TrainedModel {
  /// Draws sequences from a model that was trained to predict the next name of its only input: a `--target` such as
  /// `token@1`.
  ///
  /// A model whose sequences have begin and end codes starts from nothing and ends by itself; another one goes on from
  /// ``GenerationOptions/start`` to the limit. The states of the layers are carried, so that a name costs one timestep.
  /// - Throws: `TrainingError` for a model of another kind, options without a meaning and a start that it does not know.
  public func generate(_ options: GenerationOptions = GenerationOptions()) throws -> [GeneratedSequence] {
    try options.validate()
    let column = try generated()
    let codes = column.vocabulary?.indexByToken() ?? [:]
    func code(_ name: String) -> Int32? { column.vocabulary == nil ? Int32(name) : codes[ExactName(name)] }
    let begin = columns?.ends == true ? [code(ChosenColumns.beginName) ?? Vocabulary.unknownIndex] : []
    let start = try options.start.map { name in
      guard let code = code(name), code >= 0, Int(code) < column.size, name != ChosenColumns.beginName else {
        let known = column.vocabulary?.tokens ?? []
        let meant = known.nearest(to: name).map { ", did you mean \"\($0)\"?" }
        throw TrainingError(.dataMismatch, "the model does not know \"\(name)\"\(meant ?? "")")
      }
      return code
    }
    guard !(begin + start).isEmpty else {
      throw TrainingError(
        .dataMismatch, "the model was trained on sequences without a begin code: say what the new ones begin with")
    }
    let next = classNames.map { code($0) ?? Vocabulary.unknownIndex }
    var drawn: [GeneratedSequence] = []
    while drawn.count < options.count {
      let rows = drawn.count..<min(drawn.count + Self.generatedTogether, options.count)
      drawn += try generate(rows, options, first: begin + start, next)
    }
    return drawn
  }

  /// Sequences that are drawn together.
  private static let generatedTogether = 256

  /// - Parameters:
  ///   - first: the codes that each sequence begins with.
  ///   - next: the code of each class.
  private func generate(
    _ rows: Range<Int>, _ options: GenerationOptions, first: [Int32], _ next: [Int32]
  ) throws -> [GeneratedSequence] {
    let width = trainer.model.outputWidth
    var sequences = rows.map { _ in GeneratedSequence(names: options.start, isEnded: false) }
    var random = rows.map { SeededRandom(seed: options.seed, stream: UInt64($0)) }
    var states = trainer.initialStates(rows: rows.count)
    var pieces = [[Int32]](repeating: first, count: rows.count)
    while !pieces.allSatisfy(\.isEmpty) {
      let offsets = pieces.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
      let outputs = try trainer.predict(
        SequenceBatch(input: .tokens(pieces.flatMap { $0 }), offsets: offsets), states: &states)
      for row in pieces.indices where !pieces[row].isEmpty {
        pieces[row] = []
        guard sequences[row].names.count < options.limit else { continue }
        let last = (offsets[row + 1] - 1) * width
        let shares = Prediction.shares(outputs[last..<last + width], among: classNames)
        let drawn = Self.draw(shares, options, &random[row])
        if columns?.ends == true, classNames[drawn] == ChosenColumns.endName {
          sequences[row].isEnded = true
        } else {
          sequences[row].names.append(classNames[drawn])
          if sequences[row].names.count < options.limit { pieces[row] = [next[drawn]] }
        }
      }
    }
    return sequences
  }

  /// A class by its probability.
  private static func draw(_ shares: [Float], _ options: GenerationOptions, _ random: inout SeededRandom) -> Int {
    let ranked = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    guard options.temperature > 0 else { return ranked[0] }
    let kept = ranked.prefix(options.top ?? shares.count)
    // From the largest on, so that no power overflows.
    let largest = log(max(Double(shares[ranked[0]]), .leastNonzeroMagnitude))
    let powers = kept.map { shares[$0] > 0 ? exp((log(Double(shares[$0])) - largest) / options.temperature) : 0 }
    var place = random.uniformDouble() * powers.reduce(0, +)
    for (index, power) in zip(kept, powers) {
      place -= power
      if place < 0 { return index }
    }
    return ranked[0]
  }

  /// The column whose next name the model predicts of its own names alone.
  private func generated() throws -> CategoryColumn {
    guard let column = signature.input.tokens, signature.target.isClass, signature.target.isPerTimestep,
      let target = columns?.target, target.count == 1, target[0].isExactly("\(column.name)@1")
    else {
      let found = columns?.target?.joined(separator: ", ") ?? signature.target.summary
      throw TrainingError(
        .dataMismatch,
        "the model predicts \(found) from \(signature.input.summary): sequences are drawn from one that predicts the next "
          + "name of its only input, such as token@1 from token")
    }
    guard !trainer.readsBackwards else {
      throw TrainingError(.dataMismatch, "the model reads backwards too, so it cannot go on from what it has drawn")
    }
    return column
  }
}
