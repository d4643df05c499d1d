import RaggedBatching
import RaggedCore
import RaggedTraining
import Synchronization
import Testing

/// A source that counts what reaches it.
private final class CountingBase: KeyedSource, ReadAheadSource {
  struct Calls: Equatable {
    var timesteps = 0
    var keys = 0
    var announced: [Int] = []
  }

  private let base: InMemorySource
  private let log = Mutex(Calls())

  init(_ base: InMemorySource) { self.base = base }

  var signature: SequenceSignature { base.signature }
  var lengths: [Int32] { base.lengths }
  var fingerprint: UInt64 { base.fingerprint }

  /// The calls since the last time.
  func takeCalls() -> Calls {
    log.withLock { calls in
      defer { calls = Calls() }
      return calls
    }
  }

  func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    log.withLock { calls in calls.timesteps += slices.reduce(0) { $0 + $1.count } }
    return try base.gather(slices: slices)
  }

  func externalKeys(_ positions: [Int]) throws -> [String] {
    log.withLock { $0.keys += positions.count }
    return try base.externalKeys(positions)
  }

  func readAhead(_ positions: [Int]) { log.withLock { $0.announced += positions } }
}

/// Whatever is asked of a view reaches its base: slices as slices, keys and announcements.
@Suite struct ViewForwardingTests {
  private static func base() throws -> CountingBase {
    let batch = SequenceBatch(
      input: .values((0..<30).map(Float.init), featureCount: 1), offsets: [0, 10, 20, 30],
      targets: .classPerSequence([0, 1, 0]))
    let signature = SequenceSignature(input: .features(["x"]), target: .classPerSequence(["a", "b"]))
    return CountingBase(try InMemorySource(batch, signature: signature, keys: ["k0", "k1", "k2"]))
  }

  /// - Parameters:
  ///   - place: where the view's second sequence begins in the base.
  ///   - key: its key.
  private func check(
    _ view: some SequenceSource, of base: CountingBase, place: (position: Int, start: Int), key: String
  ) throws {
    let batch = try view.gather(slices: [SequenceSlice(position: 1, start: 2, count: 3)])
    let first = Float(10 * place.position + place.start + 2)
    #expect(batch.input == .values([first, first + 1, first + 2], featureCount: 1))
    #expect(batch.ids == [1])
    #expect(base.takeCalls() == CountingBase.Calls(timesteps: 3))
    #expect(try view.gather([1]).timesteps == Int(view.lengths[1]))
    #expect(base.takeCalls() == CountingBase.Calls(timesteps: Int(view.lengths[1])))
    #expect(try view.keys([1]) == [key])
    #expect(base.takeCalls() == CountingBase.Calls(keys: 1))
    view.prepare([1, 99, -1])
    #expect(base.takeCalls() == CountingBase.Calls(announced: [place.position]))
    for wrong in [-1, view.count] {
      #expect(throws: RaggedCoreError.self) { try view.gather([wrong]) }
      #expect(throws: RaggedCoreError.self) { try view.keys([wrong]) }
    }
    let length = Int(view.lengths[1])
    #expect(throws: RaggedCoreError.self) {
      try view.gather(slices: [SequenceSlice(position: 1, start: 1, count: length)])
    }
    #expect(base.takeCalls() == CountingBase.Calls())
  }

  @Test func everyViewForwards() throws {
    let base = try Self.base()
    let windowing = Windowing(length: 6, stride: 3)
    let fit = try SignatureFit(
      data: base.signature,
      model: SequenceSignature(input: .features(["x"]), target: .classPerSequence(["b", "a"])), needsTargets: true)
    try check(base.subset(0..<3), of: base, place: (1, 0), key: "k1")
    try check(base.subset([0, 2]), of: base, place: (2, 0), key: "k2")
    try check(base.windows(windowing), of: base, place: (0, 3), key: "k0[3..<9]")
    try check(MappedSource<CountingBase, Windows?>(base, windowing), of: base, place: (0, 3), key: "k0[3..<9]")
    try check(MappedSource<CountingBase, Windows?>(base, nil as Windowing?), of: base, place: (1, 0), key: "k1")
    try check(fit.source(base), of: base, place: (1, 0), key: "k1")
  }

  @Test func viewsOfViewsForward() throws {
    let base = try Self.base()
    let fit = try SignatureFit(
      data: base.signature,
      model: SequenceSignature(input: .features(["x"]), target: .classPerSequence(["b", "a"])), needsTargets: true)
    let windows = try fit.source(base.subset([2, 0])).windows(Windowing(length: 6, stride: 3))
    try check(windows, of: base, place: (2, 3), key: "k2[3..<9]")
    try check(windows.subset([0, 3]), of: base, place: (0, 0), key: "k0[0..<6]")
    #expect(try windows.gather([0, 3]).targets == .classPerSequence([1, 1]))
  }
}
