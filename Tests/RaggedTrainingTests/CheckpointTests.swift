import Foundation
import RaggedBatching
import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct CheckpointTests {
  static func trained(_ optimizer: Optimizer = .adam()) throws -> Trainer {
    let model = try Sequential(
      input: .features(2),
      layers: [
        Masking(maskValue: -1), Bidirectional(LSTM(3, returnSequences: true, dropout: 0.1), merge: .ave), Dropout(0.2),
        LSTM(2, returnSequences: true, goBackwards: true), TimeDistributed(Dense(2, activation: .softmax)),
      ], seed: 3)
    let trainer = try Trainer(
      model: model, loss: .categoricalCrossentropy, reduction: .meanPerSequence, optimizer: optimizer,
      normalization: Normalization(mean: [0.5, 1], deviation: [2, 0]), seed: 77)
    for seed in 0..<3 as Range<UInt64> {
      try trainer.trainStep(sampleBatch(lengths: [3, 1], input: .features(2), target: .classes(2), seed: seed))
    }
    return trainer
  }

  static func checkpoint() throws -> Checkpoint {
    let trainer = try trained()
    var progress = TrainingProgress()
    progress.epoch = 2
    progress.step = 1
    progress.partial.loss = 0.1
    progress.best = 1.0 / 3
    progress.bestEpoch = 1
    progress.history.epochs = [
      EpochRecord(epoch: 1, steps: 4, seconds: 0.1, learningRate: 1e-3, loss: 1.0 / 7, accuracy: 0.5)
    ]
    let signature = SequenceSignature(
      input: .tokens(size: 3, vocabulary: Vocabulary(unit: .characters, tokens: ["a", "é"])),
      target: .classPerTimestep(["low", "high"]))
    var checkpoint = trainer.checkpoint(
      context: CheckpointContext(
        signature: signature, fingerprint: .max, policy: BatchPolicy(grouping: .buckets(3)), notes: ["a": "b"]))
    checkpoint.state.progress = progress
    checkpoint.state.bestParameters = checkpoint.state.parameters.map { $0 + 1 }
    return checkpoint
  }

  static func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "ragged-checkpoint-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  @Test func comesBackEqual() throws {
    let checkpoint = try Self.checkpoint()
    #expect(try Checkpoint(checkpoint.encoded()) == checkpoint)
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "model.ckpt")
    try checkpoint.write(to: url)
    #expect(try Checkpoint(contentsOf: url) == checkpoint)
    #expect(try checkpoint.encoded() == Data(contentsOf: url))
  }

  @Test func everyFloatSurvives() throws {
    var checkpoint = try Self.checkpoint()
    let special: [Float] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -1 / 3]
    checkpoint.state.parameters.replaceSubrange(0..<special.count, with: special)
    #expect(bits(try Checkpoint(checkpoint.encoded()).state.parameters) == bits(checkpoint.state.parameters))
  }

  /// A run may diverge on its validation data alone; its state must still be written.
  @Test func figuresThatAreNoNumbersSurvive() throws {
    var checkpoint = try Self.checkpoint()
    checkpoint.state.progress.history.epochs[0].validationLoss = .infinity
    checkpoint.state.progress.best = -.infinity
    checkpoint.state.progress.partial.loss = .nan
    let read = try Checkpoint(checkpoint.encoded()).state.progress
    #expect(read.history == checkpoint.state.progress.history)
    #expect(read.best == -.infinity)
    #expect(read.partial.loss.isNaN)
  }

  @Test(arguments: [Optimizer.adam(), .adamW(), .sgd(), .sgd(momentum: 0.9, nesterov: true)])
  func trainersComeBack(_ optimizer: Optimizer) throws {
    let trainer = try Self.trained(optimizer)
    let copy = try Checkpoint(trainer.checkpoint().encoded()).trainer()
    #expect(copy.stepsTaken == 3)
    let batch = sampleBatch(lengths: [4, 2, 0], input: .features(2), target: .classes(2), seed: 9)
    #expect(try copy.predict(batch) == trainer.predict(batch))
    #expect(try copy.trainStep(batch) == trainer.trainStep(batch))
    #expect(bits(copy.model.parameters) == bits(trainer.model.parameters))
    #expect(copy.state == trainer.state)
  }

  static func expectInvalid(_ data: Data, _ message: String? = nil, _ note: String) {
    do {
      _ = try Checkpoint(data)
      Issue.record("read a damaged checkpoint: \(note)")
    } catch let error as TrainingError {
      #expect(error.code == .checkpointInvalid, "\(note)")
      #expect(error.failureClass == .badData)
      if let message { #expect(error.message == message, "\(note)") }
    } catch {
      Issue.record("\(error): \(note)")
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let data = try Self.checkpoint().encoded()
    for length in Array(0..<64) + Array(stride(from: 64, to: data.count, by: 13)) + Array(data.count - 9..<data.count) {
      Self.expectInvalid(
        data.prefix(length), length < 24 ? "not a checkpoint of ragged" : "the checkpoint is damaged or cut short",
        "\(length) bytes")
    }
    Self.expectInvalid(data + [0], "the checkpoint is damaged or cut short", "a byte too many")
  }

  @Test func everyFlippedByteIsRefused() throws {
    let data = try Self.checkpoint().encoded()
    for position in Array(0..<40) + Array(stride(from: 40, to: data.count, by: 11)) + Array(data.count - 8..<data.count)
    {
      for flip in [0x01, 0x80, 0xff] as [UInt8] {
        var damaged = data
        damaged[position] ^= flip
        Self.expectInvalid(damaged, nil, "byte \(position) ^ \(flip)")
      }
    }
  }

  @Test func slicesOfDataAreRead() throws {
    let data = try Self.checkpoint().encoded()
    #expect(try Checkpoint((Data([1, 2, 3]) + data).dropFirst(3)) == Checkpoint(data))
  }

  /// The file's bytes with a part replaced and the hash made right again.
  static func forged(_ data: Data, _ change: (inout String) -> Void) -> Data {
    let length = Int(data[12]) | Int(data[13]) << 8 | Int(data[14]) << 16
    var json = String(decoding: data[16..<16 + length], as: UTF8.self)
    change(&json)
    var result = data.prefix(12)
    let bytes = Data(json.utf8)
    for shift in [0, 8, 16, 24] { result.append(UInt8(truncatingIfNeeded: bytes.count >> shift)) }
    result += bytes
    result += data[(16 + length)..<(data.count - 8)]
    return hashed(result)
  }

  @Test(arguments: [
    (#""optimizerStep":3"#, #""optimizerStep":9223372036854775807"#),
    (#""bestEpoch":1"#, #""bestEpoch":-9223372036854775808"#), (#""bestEpoch":1"#, #""bestEpoch":281474976710656"#),
    (#""epoch":2,"hasStopped"#, #""epoch":9223372036854775807,"hasStopped"#),
    (#""step":1}"#, #""step":9223372036854775807}"#),
  ])
  func numbersThatCannotBeCountedOnAreRefused(written: String, forged: String) throws {
    let data = Self.forged(try Self.checkpoint().encoded()) {
      #expect($0.contains(written))
      $0 = $0.replacing(written, with: forged)
    }
    Self.expectInvalid(data, "the checkpoint's description does not fit its contents", forged)
  }

  static func hashed(_ data: Data) -> Data {
    var hash = StableHash()
    hash.add(data)
    var result = data
    for shift in stride(from: 0, to: 64, by: 8) {
      result.append(UInt8(truncatingIfNeeded: hash.value >> UInt64(shift)))
    }
    return result
  }

  @Test func newerVersionsAreRefused() throws {
    var data = try Self.checkpoint().encoded()
    data[8] = 2
    Self.expectInvalid(
      Self.hashed(data.dropLast(8)), "the checkpoint has version 2, this ragged reads version 1", "version 2")
    data[8] = 1
    data[0] = UInt8(ascii: "r")
    Self.expectInvalid(Self.hashed(data.dropLast(8)), "not a checkpoint of ragged", "another mark")
    Self.expectInvalid(Data("id,x\n1,2\n".utf8), "not a checkpoint of ragged", "a CSV file")
  }

  /// Counts are compared with the file's size before anything is allocated.
  @Test func hugeCountsDoNotAllocate() throws {
    let data = try Self.checkpoint().encoded()
    let message = "the checkpoint's description does not fit its contents"
    for count in ["4611686018427387904", "9223372036854775807", "-1", "1000000000000", "1"] {
      let forged = Self.forged(data) { json in
        guard let range = json.firstRange(of: #/"counts":\[\d+/#) else { return }
        json.replaceSubrange(range, with: "\"counts\":[\(count)")
      }
      #expect(forged != data)
      Self.expectInvalid(forged, message, "a count of \(count)")
    }
    Self.expectInvalid(Self.forged(data) { $0 = "{}" }, message, "an empty description")
    Self.expectInvalid(Self.forged(data) { $0 = "" }, message, "no description")
  }

  /// A file may be whole and still ask for what cannot be: that is an error too, never a crash.
  @Test func descriptionsThatDoNotFitAreRefused() throws {
    let data = try Self.checkpoint().encoded()
    let changes = [
      ("\"units\":3", "\"units\":4"), ("\"units\":3", "\"units\":4611686018427387904"),
      ("\"units\":3", "\"units\":3000000000"), ("\"units\":2", "\"units\":0"), ("\"units\":2", "\"units\":-5"),
      ("\"features\":{\"_0\":2}", "\"features\":{\"_0\":9223372036854775807}"),
      ("\"features\":{\"_0\":2}", "\"tokens\":{\"_0\":5}"), ("\"optimizerStep\":3", "\"optimizerStep\":-3"),
      ("\"epoch\":2", "\"epoch\":-2"), ("\"step\":1", "\"step\":-1"), ("\"deviation\":[2,1]", "\"deviation\":[2]"),
      ("\"rate\":0.2", "\"rate\":7"), ("\"beta1\":0.9", "\"beta1\":9"),
    ]
    for (from, to) in changes {
      let forged = Self.forged(data) { $0 = $0.replacing(from, with: to, maxReplacements: 1) }
      #expect(forged != data, "\(from)")
      #expect(throws: TrainingError.self, "\(to)") { try Checkpoint(forged).trainer() }
    }
    for change in 0..<3 {
      var checkpoint = try Self.checkpoint()
      switch change {
      case 0: checkpoint.state.parameters.removeLast()
      case 1: checkpoint.state.optimizer.first.removeLast()
      default: checkpoint.state.bestParameters?.removeLast()
      }
      #expect(throws: TrainingError.self) { try Checkpoint(checkpoint.encoded()).trainer() }
    }
  }

  /// States are an optional last buffer: without them a file is as it was before there were any.
  @Test func carriedStatesComeBackOrAreLeftOut() throws {
    let forwards = try StatefulTrainingTests.trainer()
    #expect(forwards.state.carriedStates == [])
    let counts = #/"counts":\[(\d+(,\d+)*)\]/#
    func buffers(_ data: Data) throws -> Int {
      try #require(String(decoding: data, as: UTF8.self).firstMatch(of: counts)).1.split(separator: ",").count
    }
    let without = try forwards.checkpoint().encoded()
    #expect(try buffers(without) == 4)
    var random = SeededRandom(seed: 9)
    forwards.state.carriedStates = forwards.initialStates(rows: 3).map { state in
      RecurrentState(parts: state.parts.map { $0.map { _ in random.uniform() } })
    }
    let with = try forwards.checkpoint().encoded()
    #expect(try buffers(with) == 5)
    #expect(try Checkpoint(with) == forwards.checkpoint())
    #expect(try Checkpoint(with).trainer().state == forwards.state)
    #expect(try Checkpoint(without).trainer().state.carriedStates == [])
  }

  /// Two states of 6 and 5 units take 22 numbers a row.
  @Test func statesThatFitNoModelAreRefused() throws {
    let forwards = try StatefulTrainingTests.trainer()
    let without = try forwards.checkpoint().encoded()
    for count in [1, 21, 23, 43] {
      Self.expectInvalid(
        Self.adding(count, to: without),
        "the checkpoint has \(count) number\(count == 1 ? "" : "s") of states for a model of 22 a row", "\(count)")
    }
    let data = Self.adding(44, to: without)
    #expect(try Checkpoint(data).state.carriedStates == forwards.initialStates(rows: 2))
    let message = "the checkpoint's description does not fit its contents"
    for count in ["45", "43", "4611686018427387904", "9223372036854775807", "-44", "44,0"] {
      let forged = Self.forged(data) { $0 = $0.replacing(",44]", with: ",\(count)]") }
      #expect(forged != data)
      Self.expectInvalid(forged, message, "a count of \(count)")
    }
    let dense = try Trainer(
      model: Sequential(input: .features(2), layers: [Dense(2, activation: .softmax)]),
      loss: .sparseCategoricalCrossentropy)
    Self.expectInvalid(
      Self.adding(1, to: try dense.checkpoint().encoded()),
      "the checkpoint has 1 number of states for a model of 0 a row", "a dense layer")
  }

  /// A file without states with that many zeros for them.
  static func adding(_ count: Int, to data: Data) -> Data {
    let forged = forged(data) { $0 = $0.replacing(#/("counts":\[[\d,]+)\]/#) { "\($0.1),\(count)]" } }
    return hashed(forged.dropLast(8) + Data(count: 4 * count))
  }

  @Test func missingFilesSaySo() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let missing = folder.appending(path: "none.ckpt")
    #expect(
      throws: TrainingError(
        .checkpointMissing, "\(missing.relativePath): cannot read the checkpoint: No such file or directory")
    ) { try Checkpoint(contentsOf: missing) }
    #expect(TrainingError(.checkpointMissing, "").failureClass == .noInput)
    #if os(Linux)
      // The system gives no contents of this one.
      #expect(
        throws: TrainingError(
          .checkpointUnreadable, "/proc/self/mem: cannot read the checkpoint: Input/output error")
      ) { try Checkpoint(contentsOf: URL(filePath: "/proc/self/mem")) }
      #expect(TrainingError(.checkpointUnreadable, "").failureClass == .inputOutput)
    #endif
    #expect(throws: TrainingError.self) { try Checkpoint(contentsOf: folder) }
    let other = folder.appending(path: "other.ckpt")
    try Data("hello".utf8).write(to: other)
    #expect(throws: TrainingError(.checkpointInvalid, "\(other.relativePath): not a checkpoint of ragged")) {
      try Checkpoint(contentsOf: other)
    }
  }

  @Test func unwritablePlacesSaySo() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let checkpoint = try Self.checkpoint()
    let inNowhere = folder.appending(path: "nowhere/model.ckpt")
    let inAFile = folder.appending(path: "file/model.ckpt")
    try Data().write(to: folder.appending(path: "file"))
    let occupied = folder.appending(path: "occupied")
    try FileManager.default.createDirectory(at: occupied.appending(path: "inside"), withIntermediateDirectories: true)
    for url in [inNowhere, inAFile, occupied] {
      do {
        try checkpoint.write(to: url)
        Issue.record("wrote to \(url)")
      } catch let error as TrainingError {
        #expect(error.code == .checkpointUnwritable)
        #expect(error.failureClass == .cannotCreate)
        #expect(error.message.hasPrefix("\(url.relativePath): cannot write the checkpoint: "), "\(error.message)")
      }
    }
    #expect(FileManager.default.fileExists(atPath: occupied.appending(path: "inside").path))
  }

  /// A write that fails half-way (here: the folder forbids new files) leaves the old checkpoint.
  @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
  func failedWritesLeaveTheOldFile() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "model.ckpt")
    var checkpoint = try Self.checkpoint()
    try checkpoint.write(to: url)
    let old = try Data(contentsOf: url)
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
    checkpoint.seed += 1
    #expect(throws: TrainingError.self) { try checkpoint.write(to: url) }
    #expect(try Data(contentsOf: url) == old)
  }

  /// The new file comes in one move: whoever holds the old one open keeps reading it whole.
  @Test func writingReplacesTheFileInOneMove() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "model.ckpt")
    var checkpoint = try Self.checkpoint()
    try checkpoint.write(to: url)
    let old = try Data(contentsOf: url)
    let handle = try FileHandle(forReadingFrom: url)
    checkpoint.seed += 1
    try checkpoint.write(to: url)
    #expect(try handle.readToEnd() == old)
    #expect(try Checkpoint(contentsOf: url) == checkpoint)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.ckpt"])
  }
}
