import RaggedCore

/// Which sequences each epoch takes, and how often, where groups of them have shares that were asked for.
///
/// A pure function of the groups, the seed and the epoch, so that any epoch is known without those before it, and a run that
/// goes on, ranks that share its batches and a plan see the same:
///
/// - an epoch has ``size`` sequences; of each group the asked share of that, to less than one sequence more or less, and over
///   epochs exactly that share in the mean;
/// - of a group no sequence is taken more than once oftener than another;
/// - each epoch goes on in the order of a group where the one before stopped, or one short of it, so that a share of at least
///   one sequence an epoch comes round to every sequence of its group, and then again.
///
/// 8 bytes per sequence.
public struct EpochDraw: Sendable, Equatable {
  /// The names of the groups.
  public let names: [String]
  /// The share of an epoch that each group has; they add up to 1.
  public let shares: [Double]
  /// Sequences of an epoch.
  public let size: Int
  /// Decides in which order the sequences of a group are taken, and where a fraction of a sequence goes.
  public let seed: UInt64
  private let groups: [Int32]  // [n], -1 for none
  private let members: [[Int32]]  // of each group, in the order in which they are taken

  /// Draws of sequences.
  /// - Parameters:
  ///   - groups: the group of the sequence at each position, among the names; -1 for none, which no epoch takes.
  ///   - names: of the groups.
  ///   - shares: what each group has of an epoch; nil gives every group with a sequence the same.
  ///   - size: sequences of an epoch; nil means as many as there are.
  ///   - seed: decides the order.
  /// - Throws: ``BatchingError`` for shares that are negative or do not add up to 1, a share of a group without sequences,
  ///   and an epoch without any, or with more than ``most`` times as many as there are.
  public init(groups: [Int32], names: [String], shares: [Double]? = nil, size: Int? = nil, seed: UInt64 = 0) throws {
    func fail(_ problem: String) -> BatchingError { BatchingError(.invalidPolicy, problem) }
    let size = size ?? groups.count
    let limit = min(Int.largestCount, max(1, groups.count) * Self.most)
    guard (1...limit).contains(size) else {
      throw fail(
        "an epoch has \(size.counted("sequence")), expected 1 to \(limit), \(Self.most) times those that there are")
    }
    var members = [[Int32]](repeating: [], count: names.count)
    for (position, group) in groups.enumerated() where group >= 0 {
      guard members.indices.contains(Int(group)) else {
        throw BatchingError(.outOfRange, "group \(group) of \(names.count)")
      }
      members[Int(group)].append(Int32(position))
    }
    let met = members.count { !$0.isEmpty }
    let shares = shares ?? members.map { $0.isEmpty ? 0 : 1 / Double(met) }
    guard shares.count == names.count else {
      throw fail("\(shares.count.counted("share")) for \(names.count.counted("group"))")
    }
    for (place, share) in shares.enumerated() {
      guard share >= 0, share <= 1 else { throw fail("the share of \"\(names[place])\" is \(share), expected 0 to 1") }
      guard share == 0 || !members[place].isEmpty else {
        throw fail("\"\(names[place])\" is to have a share of \(share), and no sequence has it")
      }
    }
    let sum = shares.reduce(0, +)
    guard abs(sum - 1) <= 1e-6 else { throw fail("the shares of an epoch add up to \(sum), expected 1") }
    (self.names, self.shares, self.size, self.seed, self.groups) = (names, shares.map { $0 / sum }, size, seed, groups)
    for place in members.indices {
      // By the name, so that a group that comes later changes no other's order.
      var random = SeededRandom(seed: seed, stream: StableHash.of("draw of " + names[place]))
      random.shuffle(&members[place])
    }
    self.members = members
  }

  /// How many times the sequences that there are an epoch has at most.
  public static let most = 1000

  /// Sequences of each group.
  public var counts: [Int] { members.map(\.count) }

  /// The sequences of each group that an epoch takes; their sum is ``size``.
  /// - Parameter epoch: from 1.
  public func quotas(epoch: Int) -> [Int] {
    // Systematic sampling: one random number places all the fractions, so that they add up.
    var random = SeededRandom(seed: seed, stream: StableHash.of("quotas", seed: UInt64(bitPattern: Int64(epoch))))
    let offset = random.uniformDouble()
    var (before, share) = (0, 0.0)
    let last = shares.lastIndex { $0 > 0 } ?? 0
    return shares.enumerated().map { place, own in
      share += own
      let end =
        place >= last ? size : min(size, max(before, Int((Self.rounded(share * Double(size)) + offset).rounded(.down))))
      defer { before = end }
      return end - before
    }
  }

  /// Whole numbers stay such where a sum of shares is off by a rounding.
  private static func rounded(_ number: Double) -> Double {
    abs(number - number.rounded()) < 1e-7 ? number.rounded() : number
  }

  /// The positions of an epoch's sequences, rising, each as often as it is taken. O(sequences + size).
  /// - Parameter epoch: from 1.
  public func positions(epoch: Int) -> [Int32] {
    var times = [Int32](repeating: 0, count: groups.count)
    for (place, quota) in quotas(epoch: epoch).enumerated() where quota > 0 {
      let own = members[place]
      let stride = max(1, Int(Self.rounded(shares[place] * Double(size)).rounded(.down)))
      let start = (max(0, epoch - 1) % own.count) * (stride % own.count) % own.count
      let (rounds, extra) = quota.quotientAndRemainder(dividingBy: own.count)
      if rounds > 0 { for position in own { times[Int(position)] = Int32(rounds) } }
      for index in 0..<extra { times[Int(own[(start + index) % own.count])] += 1 }
    }
    var positions: [Int32] = []
    positions.reserveCapacity(size)
    for (position, count) in times.enumerated() {
      for _ in 0..<count { positions.append(Int32(position)) }
    }
    return positions
  }

  /// A hash of everything that decides the draws.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: seed)
    hash.add("epoch draw".utf8)
    hash.add(UInt64(size))
    for (name, share) in zip(names, shares) {
      hash.add(name.utf8)
      hash.add(share.bitPattern)
    }
    for group in groups { hash.add(UInt64(UInt32(bitPattern: group))) }
    return hash.value
  }
}

/// What an epoch has of a group, beside what there is.
public struct DrawnShare: Sendable, Equatable, Codable {
  /// The group.
  public var name: String
  /// Sequences, or windows, that there are.
  public var sequences: Int
  /// Their timesteps.
  public var timesteps: Int
  /// The share of an epoch that was asked for, in sequences.
  public var asked: Double
  /// Sequences that the epoch takes, each as often as it is taken.
  public var drawn: Int
  /// Their timesteps.
  public var drawnTimesteps: Int
}

extension EpochDraw {
  /// What an epoch has of each group. O(sequences + size).
  /// - Parameters:
  ///   - lengths: those of the sequences.
  ///   - epoch: from 1.
  public func table(lengths: [Int32], epoch: Int = 1) -> [DrawnShare] {
    var rows = zip(names, shares).map {
      DrawnShare(name: $0, sequences: 0, timesteps: 0, asked: $1, drawn: 0, drawnTimesteps: 0)
    }
    for (group, length) in zip(groups, lengths) where group >= 0 {
      rows[Int(group)].sequences += 1
      rows[Int(group)].timesteps += Int(length)
    }
    for position in positions(epoch: epoch) {
      rows[Int(groups[Int(position)])].drawn += 1
      rows[Int(groups[Int(position)])].drawnTimesteps += Int(lengths[Int(position)])
    }
    return rows
  }

  /// Sequences that no epoch takes: those of no group, and of groups without a share.
  public var leftOut: Int { groups.count { $0 < 0 || shares[Int($0)] == 0 } }
}
