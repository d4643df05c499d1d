public import Foundation
import RaggedCore

/// What has to be the same on all ranks, in words: `data`, and a fingerprint of them.
public struct RankFact: Sendable, Equatable, Codable {
  /// What it is.
  public var name: String
  /// What it is on this rank.
  public var value: String

  /// A fact.
  public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

/// How a rank's part of common work went.
private struct RankReport: Codable {
  var failure: RankError?
  var facts: [RankFact]?
}

extension GradientExchange {
  /// Does something on every rank, and goes on where it went well on all of them and they agree.
  /// - Parameters:
  ///   - facts: what has to be the same on all ranks of what `body` gives.
  ///   - body: what is to be done; it may be something else on each rank.
  /// - Throws: what `body` throws on the first rank at fault, which reports it, and on all others ``RankError`` with it; that
  ///   everywhere for the first rank of which a fact is another than on rank 0.
  public func together<Value>(facts: (Value) throws -> [RankFact] = { _ in [] }, _ body: () throws -> Value) throws
    -> Value
  {
    guard worldSize > 1 else { return try body() }
    let own = Result { () throws -> (value: Value, facts: [RankFact]) in
      let value = try body()
      return (value, try facts(value))
    }
    var report = RankReport()
    switch own {
    case .success(let found): report.facts = found.facts
    case .failure(let error): report.failure = RankError(rank: rank, error)
    }
    let text = [UInt8](try JSONEncoder().encode(report))
    let reports: [RankReport]
    do {
      reports = try gather(text).map { try JSONDecoder().decode(RankReport.self, from: Data($0)) }
    } catch let error as RankError where error.rank == rank {
      // Another rank has heard of this one's error, and gone, before all have.
      _ = try own.get()
      throw error
    }
    if let first = reports.lazy.compactMap(\.failure).first ?? Self.difference(between: reports) {
      _ = abandon(first)
      if rank == first.rank { _ = try own.get() }
      throw first
    }
    return try own.get().value
  }

  /// What one rank has otherwise than the first.
  private static func difference(between reports: [RankReport]) -> RankError? {
    for (other, report) in reports.enumerated() {
      for (there, here) in zip(report.facts ?? [], reports[0].facts ?? []) where there != here {
        return RankError(
          rank: other,
          "other \(here.name) than on rank 0: \(there.value), there \(here.value): all ranks need the same", .badData)
      }
    }
    return nil
  }

  /// The bytes that the first rank has, on all of them.
  /// - Throws: what `body` throws, which is called on the first rank alone; on the others ``RankError``.
  package func fromFirst(_ body: () throws -> [UInt8]) throws -> [UInt8] {
    let own = try together { rank == 0 ? try body() : [] }
    return try gather(own)[0]
  }
}

extension GradientExchange {
  /// A value that the first rank has, on all of them.
  /// - Throws: what `body` throws, which is called on the first rank alone; on the others ``RankError``.
  package func ofFirst<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    guard worldSize > 1 else { return try body() }
    var own: Value?
    let bytes = try fromFirst {
      let value = try body()
      own = value
      return try RankValue.bytes(of: value)
    }
    return try own ?? RankValue.value(bytes)
  }
}

/// Values that ranks hand to each other: as JSON, whose numbers may also be infinite or none.
package enum RankValue {
  /// A value as bytes.
  package static func bytes(of value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return [UInt8](try encoder.encode(value))
  }

  /// The value of ``bytes(of:)``.
  package static func value<Value: Decodable>(_ bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try decoder.decode(Value.self, from: Data(bytes))
  }
}

extension Checkpoint {
  /// A checkpoint that the first rank reads for all of them: the others need not have the file.
  /// - Throws: on the first rank as ``init(contentsOf:)``, on the others ``RankError``.
  public init(contentsOf url: URL, for exchange: any GradientExchange) throws {
    guard exchange.worldSize > 1 else {
      try self.init(contentsOf: url)
      return
    }
    let bytes = try exchange.fromFirst { [UInt8](try Checkpoint(contentsOf: url).encoded()) }
    try self.init(Data(bytes))
  }
}
