import Foundation
import GRDB

/// One training run, as the store remembers it.
public struct RunRecord: Sendable, Equatable, Codable {
  /// Whether a run goes on, or how it ended.
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// It has not ended, or it was killed.
    case running
    /// It did all its epochs.
    case finished
    /// The user stopped it.
    case interrupted
    /// A loss, gradient or weight that was no longer a number ended it.
    case diverged
    /// Another error ended it.
    case failed
  }

  /// The figures at the end of one epoch.
  public struct Epoch: Sendable, Equatable, Codable {
    /// The epoch, counted from 1.
    public var epoch: Int
    /// Each figure by its name: `loss`, `val_loss`, `accuracy`, ….
    public var metrics: [String: Double]

    /// An epoch with its figures by name.
    public init(epoch: Int, metrics: [String: Double]) {
      self.epoch = epoch
      self.metrics = metrics
    }
  }

  /// Its number in the store; 0 before it is there.
  public var id: Int64
  /// The dataset it trained on.
  public var dataset: String
  /// When it began: ISO 8601, UTC; the store fills it in where it is empty.
  public var createdAt: String
  /// The command that started it.
  public var command: String
  /// Everything that decides its result: the text of a JSON value.
  public var configuration: String
  /// The fingerprint of the data. See `SequenceSource.fingerprint`.
  public var fingerprint: UInt64
  /// Its duration so far.
  public var seconds: Double
  /// Whether it goes on, or how it ended.
  public var status: Status
  /// The epochs that have ended, in order.
  public var epochs: [Epoch]

  /// A run that begins, with a number and a time that the store gives it.
  public init(
    id: Int64 = 0, dataset: String, createdAt: String = "", command: String, configuration: String = "{}",
    fingerprint: UInt64, seconds: Double = 0, status: Status = .running, epochs: [Epoch] = []
  ) {
    self.id = id
    self.dataset = dataset
    self.createdAt = createdAt
    self.command = command
    self.configuration = configuration
    self.fingerprint = fingerprint
    self.seconds = seconds
    self.status = status
    self.epochs = epochs
  }
}

extension SequenceStore {
  /// Adds a run.
  /// - Parameters:
  ///   - run: the run; its number is not used.
  ///   - waiting: seconds to wait for another process's write; nil for those of the store.
  /// - Returns: the run with its number and time.
  /// - Throws: ``StoreError`` where the configuration is no JSON or the store cannot be written.
  public func insertRun(_ run: RunRecord, waiting: Double? = nil) throws -> RunRecord {
    try write(waiting: waiting.map(SequenceStore.checked)) { db in
      try checkConfiguration(db, run)
      try db.execute(
        sql: """
          INSERT INTO run (dataset_id, dataset, created_at, command, configuration, fingerprint, seconds, status)
          VALUES ((SELECT id FROM dataset WHERE name = ?1), ?1,
            coalesce(nullif(?2, ''), strftime('%Y-%m-%dT%H:%M:%SZ', 'now')), ?3, \(StoredStatus.configuration(4, status: 8)), ?5, ?6,
            ?7)
          """,
        arguments: [
          run.dataset, run.createdAt, run.command, run.configuration, run.fingerprint.hexadecimal, run.seconds,
          StoredStatus.text(of: run.status), run.status.rawValue,
        ])
      let id = db.lastInsertedRowID
      try write(run.epochs, of: id, db)
      return try fetchRuns(db, "WHERE id = ?", [id]).first ?? run
    }
  }

  /// Writes what may change of a run: its configuration, duration, status and epochs.
  /// - Parameters:
  ///   - run: the run, with its number.
  ///   - waiting: seconds to wait for another process's write; nil for those of the store.
  /// - Throws: ``StoreError`` where there is no such run.
  public func updateRun(_ run: RunRecord, waiting: Double? = nil) throws {
    try write(waiting: waiting.map(SequenceStore.checked)) { db in
      try checkConfiguration(db, run)
      try db.execute(
        sql: """
          UPDATE run SET configuration = \(StoredStatus.configuration(1, status: 5)), seconds = ?2, status = ?3 WHERE id = ?4
          """,
        arguments: [
          run.configuration, run.seconds, StoredStatus.text(of: run.status), run.id, run.status.rawValue,
        ])
      guard db.changesCount == 1 else { throw StoreError(.unknownName, "\(path) has no run \(run.id)") }
      try write(run.epochs, of: run.id, db)
    }
  }

  /// The runs in the order in which they began, of one dataset or of all.
  /// - Throws: ``StoreError`` where the file cannot be read.
  public func runs(dataset: String? = nil) throws -> [RunRecord] {
    try read { db in
      if let dataset { try fetchRuns(db, "WHERE dataset = ?", [dataset]) } else { try fetchRuns(db, "", []) }
    }
  }

  /// One run.
  /// - Throws: ``StoreError`` where there is none of that number.
  public func run(_ id: Int64) throws -> RunRecord {
    try read { db in
      guard let run = try fetchRuns(db, "WHERE id = ?", [id]).first else {
        let range = try Row.fetchOne(db, sql: "SELECT min(id), max(id) FROM run")
        guard let first = range?[0] as Int64?, let last = range?[1] as Int64? else {
          throw StoreError(.unknownName, "\(path) has no run \(id): it has no runs")
        }
        throw StoreError(
          .unknownName,
          "\(path) has no run \(id); it has \(first == last ? "run \(first)" : "runs \(first) to \(last)")")
      }
      return run
    }
  }

  private func checkConfiguration(_ db: Database, _ run: RunRecord) throws {
    guard try Bool.fetchOne(db, sql: "SELECT json_valid(?)", arguments: [run.configuration]) == true else {
      throw StoreError(.invalidOption, "the configuration of a run is not JSON: \(run.configuration.prefix(40))")
    }
    guard run.seconds >= 0 else { throw StoreError(.invalidOption, "a run took \(run.seconds) s, expected 0 or more") }
  }

  private func write(_ epochs: [RunRecord.Epoch], of id: Int64, _ db: Database) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    for epoch in epochs {
      guard epoch.epoch >= 1 else { throw StoreError(.invalidOption, "epoch \(epoch.epoch), expected 1 or more") }
      let metrics = String(decoding: try encoder.encode(epoch.metrics), as: UTF8.self)
      try db.execute(
        sql: "INSERT OR REPLACE INTO run_epoch (run_id, epoch, metrics) VALUES (?, ?, ?)",
        arguments: [id, epoch.epoch, metrics])
    }
  }

  private func fetchRuns(_ db: Database, _ condition: String, _ arguments: StatementArguments) throws -> [RunRecord] {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    var runs = try SQLStatement(
      db,
      """
      SELECT id, dataset, created_at, command, \(StoredStatus.plainConfiguration), fingerprint, seconds,
        \(StoredStatus.status) FROM run \(condition)
      ORDER BY id
      """, arguments: arguments
    ).map { row in
      RunRecord(
        id: row.int64(0), dataset: row.text(1), createdAt: row.text(2), command: row.text(3),
        configuration: row.text(4), fingerprint: UInt64(row.text(5), radix: 16) ?? 0, seconds: row.double(6),
        status: RunRecord.Status(rawValue: row.text(7)) ?? .failed)
    }
    for index in runs.indices {
      let id = runs[index].id
      runs[index].epochs = try SQLStatement(
        db, "SELECT epoch, metrics FROM run_epoch WHERE run_id = ? ORDER BY epoch", arguments: [id]
      ).map { row in
        guard let metrics = try? decoder.decode([String: Double].self, from: Data(row.text(1).utf8)) else {
          throw StoreError(.damaged, "\(path): the figures of run \(id), epoch \(row.int64(0)), cannot be read")
        }
        return RunRecord.Epoch(epoch: Int(row.int64(0)), metrics: metrics)
      }
    }
    return runs
  }
}

/// How a run's status is stored: a run that diverged is `failed`, the word that every reader of a store knows, and says
/// in its configuration's `ending` how it did.
private enum StoredStatus {
  static func text(of status: RunRecord.Status) -> String {
    (status == .diverged ? .failed : status).rawValue
  }

  /// The configuration with its ending.
  static func configuration(_ configuration: Int, status: Int) -> String {
    "iif(?\(status) = 'diverged', json_set(?\(configuration), '$.ending', 'diverged'), ?\(configuration))"
  }

  private static let isDiverged = "status = 'failed' AND configuration ->> '$.ending' IS 'diverged'"
  static let status = "iif(\(isDiverged), 'diverged', status)"
  /// The configuration without it.
  static let plainConfiguration = "iif(\(isDiverged), json_remove(configuration, '$.ending'), configuration)"
}

extension UInt64 {
  /// Sixteen digits.
  fileprivate var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
