import Foundation
import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

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
    let signature = SequenceSignature(
      input: .tokens(size: 3, vocabulary: Vocabulary(unit: .characters, tokens: ["a", "é"])),
      target: .classPerTimestep(["low", "high"]))
    let batches = try GeneratedBatches(
      signature: SequenceSignature(input: .features(["x", "y"]), target: .classPerTimestep(["low", "high"])),
      stepsPerEpoch: 1, fingerprint: 1
    ) { epoch, _ in
      sampleBatch(lengths: [3, 1], input: .features(2), target: .classes(2), seed: UInt64(epoch))
    }
    // It ends with weights after those of the best epoch.
    var state = trainer.state
    try trainer.fit(
      batches, FitOptions(epochs: 2, earlyStopping: EarlyStopping(monitor: .loss, patience: 9, restoresBest: true)),
      state: &state, stoppingAfter: 1)
    try trainer.trainStep(sampleBatch(lengths: [2], input: .features(2), target: .classes(2)))
    var checkpoint = trainer.checkpoint(
      context: CheckpointContext(
        signature: signature, fingerprint: .max, policy: BatchPolicy(grouping: .buckets(3)), notes: ["a": "b"]))
    checkpoint.state.progress.epoch = 2
    checkpoint.state.progress.step = 1
    checkpoint.state.progress.partial.loss = 0.1
    checkpoint.state.progress.best = 1.0 / 3
    checkpoint.state.progress.history.epochs[0].loss = 1.0 / 7
    return checkpoint
  }

  /// The bytes of a checkpoint's file.
  static func bytes(_ checkpoint: Checkpoint) throws -> Data {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try checkpoint.write(to: folder.appending(path: "a"))
    return try Data(contentsOf: folder.appending(path: "a"))
  }

  /// What is read of a file of these bytes; an error without the file's name.
  static func read(_ bytes: Data) throws -> Checkpoint {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "a")
    try bytes.write(to: file)
    do {
      return try Checkpoint(contentsOf: file)
    } catch let error as TrainingError {
      let name = "\(file.relativePath): "
      #expect(error.message.hasPrefix(name))
      throw TrainingError(error.code, String(error.message.dropFirst(name.count)))
    }
  }

  /// The numbers in each of a file's buffers.
  static func counts(_ bytes: Data) throws -> [Int] {
    let list = #/"counts":\[(\d+(,\d+)*)\]/#
    return try #require(String(decoding: bytes, as: UTF8.self).firstMatch(of: list)).1.split(separator: ",").map {
      try #require(Int($0))
    }
  }

  static func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "ragged-checkpoint-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  @Test func comesBackEqual() throws {
    let checkpoint = try Self.checkpoint()
    #expect(try Self.read(Self.bytes(checkpoint)) == checkpoint)
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "model.ckpt")
    try checkpoint.write(to: url)
    #expect(try Checkpoint(contentsOf: url) == checkpoint)
    #expect(try Self.bytes(checkpoint) == Data(contentsOf: url))
  }

  @Test func everyFloatSurvives() throws {
    var model = try Sequential(input: .features(1), layers: [Dense(4)])
    let special: [Float] = [-0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -1 / 3]
    try model.setWeights([
      WeightTensor(name: "kernel", shape: [1, 4], values: special),
      WeightTensor(name: "bias", shape: [4], values: [0, 0, 0, 0]),
    ])
    let checkpoint = try Trainer(model: model, loss: .meanSquaredError).checkpoint()
    #expect(try Self.read(Self.bytes(checkpoint)).model().weightBits == model.weightBits)
  }

  /// A run may diverge on its validation data alone; its state must still be written.
  @Test func figuresThatAreNoNumbersSurvive() throws {
    var checkpoint = try Self.checkpoint()
    checkpoint.state.progress.history.epochs[0].validationLoss = .infinity
    checkpoint.state.progress.best = -.infinity
    checkpoint.state.progress.partial.loss = .nan
    let read = try Self.read(Self.bytes(checkpoint)).state.progress
    #expect(read.history == checkpoint.state.progress.history)
    #expect(read.best == -.infinity)
    #expect(read.partial.loss.isNaN)
  }

  @Test(arguments: [Optimizer.adam(), .adamW(), .sgd(), .sgd(momentum: 0.9, nesterov: true)])
  func trainersComeBack(_ optimizer: Optimizer) throws {
    let trainer = try Self.trained(optimizer)
    let copy = try Self.read(Self.bytes(trainer.checkpoint())).trainer()
    #expect(copy.stepsTaken == 3)
    let batch = sampleBatch(lengths: [4, 2, 0], input: .features(2), target: .classes(2), seed: 9)
    #expect(try copy.predict(batch) == trainer.predict(batch))
    #expect(try copy.trainStep(batch) == trainer.trainStep(batch))
    #expect(copy.model.weightBits == trainer.model.weightBits)
    #expect(copy.state == trainer.state)
  }

  static func expectInvalid(_ data: Data, _ message: String? = nil, _ note: String) {
    do {
      _ = try read(data)
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
    let data = try Self.bytes(Self.checkpoint())
    for length in Array(0..<64) + Array(stride(from: 64, to: data.count, by: 13)) + Array(data.count - 9..<data.count) {
      Self.expectInvalid(
        data.prefix(length), length < 24 ? "not a checkpoint of ragged" : "the checkpoint is damaged or cut short",
        "\(length) bytes")
    }
    Self.expectInvalid(data + [0], "the checkpoint is damaged or cut short", "a byte too many")
  }

  @Test func everyFlippedByteIsRefused() throws {
    let data = try Self.bytes(Self.checkpoint())
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
    let data = try Self.bytes(Self.checkpoint())
    #expect(try Self.read((Data([1, 2, 3]) + data).dropFirst(3)) == Self.read(data))
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
    (#""optimizerStep":5"#, #""optimizerStep":9223372036854775807"#),
    (#""bestEpoch":1"#, #""bestEpoch":-9223372036854775808"#), (#""bestEpoch":1"#, #""bestEpoch":281474976710656"#),
    (#""epoch":2,"hasStopped"#, #""epoch":9223372036854775807,"hasStopped"#),
    (#""step":1}"#, #""step":9223372036854775807}"#),
  ])
  func numbersThatCannotBeCountedOnAreRefused(written: String, forged: String) throws {
    let data = Self.forged(try Self.bytes(Self.checkpoint())) {
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
    var data = try Self.bytes(Self.checkpoint())
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
    let data = try Self.bytes(Self.checkpoint())
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
    let data = try Self.bytes(Self.checkpoint())
    let changes = [
      ("\"units\":3", "\"units\":4"), ("\"units\":3", "\"units\":4611686018427387904"),
      ("\"units\":3", "\"units\":3000000000"), ("\"units\":2", "\"units\":0"), ("\"units\":2", "\"units\":-5"),
      ("\"features\":{\"_0\":2}", "\"features\":{\"_0\":9223372036854775807}"),
      ("\"features\":{\"_0\":2}", "\"tokens\":{\"_0\":5}"), ("\"optimizerStep\":5", "\"optimizerStep\":-3"),
      ("\"epoch\":2", "\"epoch\":-2"), ("\"step\":1", "\"step\":-1"), ("\"deviation\":[2,1]", "\"deviation\":[2]"),
      ("\"rate\":0.2", "\"rate\":7"), ("\"beta1\":0.9", "\"beta1\":9"),
    ]
    for (from, to) in changes {
      let forged = Self.forged(data) { $0 = $0.replacing(from, with: to, maxReplacements: 1) }
      #expect(forged != data, "\(from)")
      #expect(throws: TrainingError.self, "\(to)") { try Self.read(forged).trainer() }
    }
    for buffer in 0..<4 {
      let shorter = try Self.shortened(data, buffer: buffer)
      #expect(throws: Never.self) { try Self.read(shorter) }
      #expect(throws: TrainingError.self) { try Self.read(shorter).trainer() }
    }
  }

  /// A file with one number less in a buffer.
  static func shortened(_ data: Data, buffer: Int) throws -> Data {
    var counts = try counts(data)
    let numbersBehind = counts[buffer...].dropFirst().reduce(0, +)
    counts[buffer] -= 1
    let list = counts.map(String.init).joined(separator: ",")
    let forged = forged(data) { $0 = $0.replacing(#/"counts":\[[\d,]+\]/#) { _ in "\"counts\":[\(list)]" } }
    let end = forged.count - 8 - 4 * numbersBehind
    return hashed(forged.prefix(end - 4) + forged[end..<forged.count - 8])
  }

  /// States are an optional last buffer: without them a file is as it was before there were any.
  @Test func carriedStatesComeBackOrAreLeftOut() throws {
    let forwards = try StatefulTrainingTests.trainer()
    let without = try Self.bytes(forwards.checkpoint())
    #expect(try Self.counts(without).count == 4)
    #expect(try Self.read(without) == forwards.checkpoint())
    var state = forwards.state
    try forwards.fit(
      StatefulTrainingTests.batches(4), FitOptions(epochs: 1), state: &state, stoppingAfter: 2)
    let with = try Self.bytes(forwards.checkpoint())
    #expect(try Self.counts(with).dropFirst(4) == [2 * (6 + 5) * 3])
    #expect(try Self.read(with) == forwards.checkpoint())
    #expect(try Self.read(with).trainer().state == state)
  }

  /// Two states of 6 and 5 units take 22 numbers per row.
  @Test func statesThatFitNoModelAreRefused() throws {
    let forwards = try StatefulTrainingTests.trainer()
    let without = try Self.bytes(forwards.checkpoint())
    for count in [1, 21, 23, 43] {
      Self.expectInvalid(
        Self.adding(count, to: without),
        "the checkpoint has \(count) number\(count == 1 ? "" : "s") of states for a model of 22 per row", "\(count)")
    }
    let data = Self.adding(44, to: without)
    #expect(try Self.bytes(Self.read(data)) == data)
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
      Self.adding(1, to: try Self.bytes(dense.checkpoint())),
      "the checkpoint has 1 number of states for a model of 0 per row", "a dense layer")
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
