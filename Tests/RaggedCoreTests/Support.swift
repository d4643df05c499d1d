import Foundation
import RaggedCore

/// A file under `fixtures/reference`.
func reference<Value: Decodable>(_ name: String, file: String = #filePath) throws -> Value {
  let root = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let data = try Data(contentsOf: root.appendingPathComponent("fixtures/reference/\(name)"))
  return try JSONDecoder().decode(Value.self, from: data)
}

/// A random batch and the signature that it has.
struct BatchCase {
  var batch: SequenceBatch
  var signature: SequenceSignature

  /// Any input, any target, with and without weights and invalid timesteps; empty sequences and empty batches too.
  init(number: Int, stream: UInt64 = 1) {
    var random = SeededRandom(seed: stream, stream: UInt64(number))
    let count = random.below(7)
    var offsets = [0]
    for _ in 0..<count { offsets.append(offsets[offsets.count - 1] + (random.below(4) == 0 ? 0 : random.below(9))) }
    let n = offsets[count]
    func floats(_ count: Int) -> [Float] { (0..<count).map { _ in 1 + random.uniform() } }
    func classes(_ count: Int) -> [Int32] { (0..<count).map { _ in Int32(1 + random.below(3)) } }
    let names = ["a", "b", "c", "d"]
    let inputSignature: InputSignature
    let input: BatchCells
    var statics = BatchCells.none
    if random.below(4) == 0 {
      let codes = [CategoryColumn("k", size: 4), CategoryColumn("l", size: 5)]
      inputSignature = InputSignature(
        timestep: ColumnSet(numbers: ["a"], categories: codes),
        statics: ColumnSet(numbers: ["s", "t"], categories: Array(codes[..<1])))
      input = BatchCells(
        values: floats(n), featureCount: 1, codes: classes(2 * n), codeCount: 2,
        observed: random.below(2) == 0 ? (0..<n).map { _ in random.below(3) > 0 } : nil)
      statics = BatchCells(values: floats(2 * count), featureCount: 2, codes: classes(count), codeCount: 1)
    } else if random.below(3) == 0 {
      inputSignature = .tokens(size: 4, vocabulary: nil)
      input = .tokens(classes(n))
    } else {
      let featureCount = 1 + random.below(4)
      inputSignature = .features(Array(names[..<featureCount]))
      input = .values(floats(n * featureCount), featureCount: featureCount)
    }
    let width = 1 + random.below(3)
    let target: TargetSignature
    let targets: BatchTargets
    switch random.below(5) {
    case 0: (target, targets) = (.none, .none)
    case 1: (target, targets) = (.classPerSequence(names), .classPerSequence(classes(count)))
    case 2: (target, targets) = (.classPerTimestep(names), .classPerTimestep(classes(n)))
    case 3:
      target = .valuesPerSequence(Array(names[..<width]))
      targets = .valuesPerSequence(floats(count * width), width: width)
    default:
      target = .valuesPerTimestep(Array(names[..<width]))
      targets = .valuesPerTimestep(floats(n * width), width: width)
    }
    let labels = (0..<(random.below(3) == 0 ? 1 + random.below(2) : 0)).map { _ in
      LabelLists((0..<count).map { _ in classes(random.below(5)) })
    }
    let weights = random.below(2) == 0 ? floats(count) : nil
    let validity = random.below(2) == 0 ? (0..<n).map { _ in random.below(4) > 0 } : nil
    batch = SequenceBatch(
      input: input, statics: statics, labels: labels, offsets: offsets, targets: targets, weights: weights,
      validity: validity, ids: (0..<count).map { _ in random.below(1000) })
    signature = SequenceSignature(
      input: inputSignature, target: target, labels: labels.indices.map { CategoryColumn("labels \($0)", size: 4) })
  }

  static let all = (0..<1500).map { BatchCase(number: $0) }
}

extension SequenceBatch {
  /// The numbers and codes of a timestep, as numbers; infinite where one was not observed.
  func step(_ n: Int) -> [Float] { input.row(n) }

  /// What belongs to a timestep or sequence of the targets, as numbers.
  func target(step n: Int, row b: Int) -> [Float] {
    switch targets {
    case .none: []
    case .several(let parts):
      parts.flatMap { part in
        var one = self
        one.targets = part
        return one.target(step: n, row: b)
      }
    case .labels(let lists): lists[b].map(Float.init)
    case .classPerSequence(let classes): [Float(classes[b])]
    case .classPerTimestep(let classes): [Float(classes[n])]
    case .valuesPerSequence(let values, let width): Array(values[b * width..<(b + 1) * width])
    case .valuesPerTimestep(let values, let width): Array(values[n * width..<(n + 1) * width])
    }
  }
}

extension PaddedBatch {
  /// The padded grid as a batch whose every sequence has all `T` timesteps, for reading cells.
  var cells: SequenceBatch {
    SequenceBatch(
      input: input, offsets: (0...count).map { $0 * paddedLength }, targets: targets, weights: weights,
      validity: mask.elements,
      ids: ids)
  }
}

extension BatchCells {
  /// The numbers and codes of a row, as numbers; infinite where one was not observed.
  func row(_ row: Int) -> [Float] {
    (0..<featureCount).map { isObserved(row, $0) ? values[row * featureCount + $0] : .infinity }
      + codes[row * codeCount..<(row + 1) * codeCount].map(Float.init)
  }
}
