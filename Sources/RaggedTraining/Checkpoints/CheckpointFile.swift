public import Foundation
import RaggedCore

/// The file of a checkpoint: the mark `RAGGEDCK`, a version and the length of a JSON text (32 bits each, little-endian),
/// the JSON text, the float32 buffers that it counts, and a 64-bit hash of all that.
///
/// The last of five buffers, the states of rows that go on, is left out where there are none: so it was before there
/// were any.
///
/// Every count is checked against the file's size before anything is allocated.
extension Checkpoint {
  private static let mark = Array("RAGGEDCK".utf8)
  private static let version: UInt32 = 1

  /// The part that is JSON.
  private struct Header: Codable {
    var input: ModelInput
    var layers: [LayerSpec]
    var loss: Loss
    var reduction: Reduction
    var optimizer: Optimizer
    var normalization: Normalization?
    var targetScale: TargetScale?
    var seed: UInt64
    var truncation: Int?
    var progress: TrainingProgress
    var context: CheckpointContext
    var optimizerStep: Int
    /// Whether the weights are the best epoch's again. The fourth buffer then has those that training goes on from, the
    /// best being the weights themselves; nil is no.
    var hasBestWeights: Bool?
    /// The ends of a model that has several, and how each is judged; nil for an ordinary one.
    var heads: [ModelHead]?
    var headLosses: [HeadLoss]?
    /// Floats in each buffer: weights, the optimiser's first and second, the best weights, the states.
    var counts: [Int]

    /// Whether its numbers can be counted with, and on from: no run comes near to this limit.
    var isMeaningful: Bool {
      [optimizerStep, progress.epoch, progress.step, progress.bestEpoch ?? 0].allSatisfy { (0..<1 << 48).contains($0) }
        && normalization.map {
          $0.mean.count == $0.deviation.count && $0.staticMean.count == $0.staticDeviation.count
        } ?? true
    }
  }

  /// Writes the file so that a crash or a full disk leaves either the old one or the new one.
  /// - Throws: ``TrainingError`` where it cannot be created, where writing fails on the way, and where the checkpoint holds
  ///   what is no number.
  public func write(to url: URL) throws {
    do {
      try checkNumbers(.diverged)
      try AtomicFile.write(try encoded(), to: url.path)
    } catch let error as TrainingError where error.code == .diverged {
      throw TrainingError(.diverged, "\(url.relativePath): not written: \(error.message)")
    } catch let error as WriterError {
      throw TrainingError(
        error.failureClass == .inputOutput ? .checkpointCutShort : .checkpointUnwritable,
        "\(url.relativePath): cannot write the checkpoint: \(error.reason)")
    }
  }

  /// Reads a file.
  /// - Throws: ``TrainingError`` where it is not there, is no checkpoint, is damaged, or holds what is no number.
  public init(contentsOf url: URL) throws {
    let data: Data
    do {
      data = try WholeFile.bytes(url)
    } catch {
      throw TrainingError(
        error.failureClass == .noInput ? .checkpointMissing : .checkpointUnreadable,
        "\(url.relativePath): cannot read the checkpoint: \(error.reason)")
    }
    do {
      try self.init(data)
      try checkNumbers()
    } catch let error as TrainingError {
      throw error.at(url.relativePath)
    }
  }

  func encoded() throws -> Data {
    var buffers = [
      state.parameters, state.optimizer.first, state.optimizer.second,
      state.latestParameters ?? state.bestParameters ?? [],
    ]
    if !state.carriedStates.isEmpty { buffers.append(carriedNumbers) }
    let header = Header(
      input: input, layers: layers, loss: loss, reduction: reduction, optimizer: optimizer,
      normalization: normalization, targetScale: targetScale, seed: seed, truncation: truncation,
      progress: state.progress, context: context,
      optimizerStep: state.optimizer.step, hasBestWeights: state.latestParameters == nil ? nil : true,
      heads: heads.isEmpty ? nil : heads, headLosses: heads.isEmpty ? nil : headLosses,
      counts: buffers.map(\.count))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // Losses may be infinite or undefined, and a run that has such a figure can still be saved.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let json = try encoder.encode(header)
    var data = Data(Checkpoint.mark)
    data.append(littleEndian: Checkpoint.version)
    data.append(littleEndian: UInt32(json.count))
    data.append(json)
    data.reserveCapacity(data.count + 4 * buffers.reduce(0) { $0 + $1.count } + 8)
    for buffer in buffers {
      buffer.map { $0.bitPattern.littleEndian }.withUnsafeBytes { data.append(contentsOf: $0) }
    }
    data.append(littleEndian: Checkpoint.hash(data))
    return data
  }

  init(_ data: Data) throws {
    func invalid(_ problem: String) -> TrainingError { TrainingError(.checkpointInvalid, problem) }
    let prefix = Checkpoint.mark.count + 8
    guard data.count >= prefix + 8, data.prefix(Checkpoint.mark.count).elementsEqual(Checkpoint.mark) else {
      throw invalid("not a checkpoint of ragged")
    }
    let version: UInt32 = data.littleEndian(at: Checkpoint.mark.count)
    guard version == Checkpoint.version else {
      throw invalid("the checkpoint has version \(version), this ragged reads version \(Checkpoint.version)")
    }
    let jsonLength = Int(data.littleEndian(at: Checkpoint.mark.count + 4) as UInt32)
    let stored: UInt64 = data.littleEndian(at: data.count - 8)
    guard prefix + jsonLength + 8 <= data.count, Checkpoint.hash(data.dropLast(8)) == stored else {
      throw invalid("the checkpoint is damaged or cut short")
    }
    let start = data.startIndex
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard
      let header = try? decoder.decode(Header.self, from: data[start + prefix..<start + prefix + jsonLength]),
      header.isMeaningful, 4...5 ~= header.counts.count,
      header.counts.allSatisfy({ (0...data.count / 4).contains($0) }),
      prefix + jsonLength + 4 * header.counts.reduce(0, +) + 8 == data.count
    else { throw invalid("the checkpoint's description does not fit its contents") }
    var offset = prefix + jsonLength
    let buffers = header.counts.map { count in
      defer { offset += 4 * count }
      return data.withUnsafeBytes { bytes in
        (0..<count).map { number in
          let bits = bytes.loadUnaligned(fromByteOffset: offset + 4 * number, as: UInt32.self)
          return Float(bitPattern: UInt32(littleEndian: bits))
        }
      }
    }
    let hasBest = header.hasBestWeights == true
    let fourth = buffers[3].isEmpty ? nil : buffers[3]
    var state = TrainingState(
      progress: header.progress, parameters: buffers[0], bestParameters: hasBest ? buffers[0] : fourth,
      latestParameters: hasBest ? fourth : nil,
      optimizer: OptimizerState(step: header.optimizerStep, first: buffers[1], second: buffers[2]))
    if buffers.count == 5 {
      let program = try ProgramBuilder(input: header.input, layers: header.layers, heads: header.heads ?? []).program
      state.carriedStates = try Checkpoint.states(buffers[4], of: program)
    }
    self.init(
      input: header.input, layers: header.layers, loss: header.loss, reduction: header.reduction,
      optimizer: header.optimizer, normalization: header.normalization, targetScale: header.targetScale,
      seed: header.seed, truncation: header.truncation, context: header.context, state: state,
      heads: header.heads ?? [], headLosses: header.headLosses ?? [])
  }

  private static func hash(_ data: Data) -> UInt64 {
    var hash = StableHash()
    data.withUnsafeBytes { hash.add($0) }
    return hash.value
  }
}

extension Data {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate func littleEndian<Value: FixedWidthInteger>(at offset: Int) -> Value {
    withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
  }
}
