import Foundation
import GRDB
public import RaggedCore
public import RaggedFormats

extension SequenceStore {
  /// Imports files into a dataset, which the first import makes: all of them, or nothing.
  ///
  /// ```swift
  /// let report = try store.importing(into: "vowels") { session in
  ///   try session.add(&reader, named: "train.ts")
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - dataset: its name.
  ///   - options: splits, what to do with bad sequences and with keys that are there, how often to commit.
  ///   - monitor: asked before each sequence, told of every few hundred and of each MiB of a file.
  ///   - body: adds the files.
  /// - Returns: what was stored. Where every sequence was left out, the store is as it was before.
  /// - Throws: what `body` throws, `Cancelled`, and ``StoreError``; the store is as it was before then or, where the options say that
  ///   the import commits on the way, as at the last commit.
  public func importing(
    into dataset: String, options: ImportOptions = ImportOptions(),
    monitor: ProgressMonitor = .none, _ body: (ImportSession) throws -> Void
  ) throws -> ImportReport {
    try options.split.validate()
    let start = ContinuousClock.now
    if options.commitsEvery != nil, options.split.needsAllSequences {
      throw StoreError(
        .invalidOption, "a stratified split needs all sequences at once, so its import cannot be resumable")
    }
    func work(_ db: Database) throws -> ImportReport {
      if options.ifExists == .fail, try StoredDataset.find(db, named: dataset, path: path) != nil {
        throw StoreError(.mismatch, "\(path): there is a dataset \"\(dataset)\" already")
      }
      let session = ImportSession(db, dataset: dataset, path: path, options: options, monitor: monitor)
      return try SequenceStore.withKeyCache(db) {
        try body(session)
        try session.checkCancellation()
        return try session.finish()
      }
    }
    var report: ImportReport
    do { report = try write(work) } catch let nothing as NothingStored { report = nothing.report }
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  /// Imports one file. See ``importing(into:options:monitor:_:)``.
  public func importSequences(
    from reader: inout some SequenceReader, named source: String, into dataset: String,
    options: ImportOptions = ImportOptions(), rowPerTimestep: Bool = false, fingerprint: String? = nil,
    monitor: ProgressMonitor = .none
  ) throws -> ImportReport {
    try importing(into: dataset, options: options, monitor: monitor) { session in
      try session.add(&reader, named: source, rowPerTimestep: rowPerTimestep, fingerprint: fingerprint)
    }
  }
}

/// How files go into a dataset.
public struct ImportOptions: Sendable, Equatable {
  /// What happens to a bad sequence.
  public enum ErrorPolicy: String, Sendable, CaseIterable {
    /// The import ends, and nothing of it is stored.
    case fail
    /// The sequence is left out as a whole, listed and counted. Where some of it was stored before the fault came to
    /// light, that is taken out again, with the classes and tokens that it alone used.
    case skip
  }

  /// What happens to a sequence whose key an earlier import brought.
  public enum ExistingKey: String, Sendable, CaseIterable {
    /// It is at fault.
    case fail = "error"
    /// The one that is there stays as it is, and this one is passed over.
    case skip
    /// It takes the place of the one that is there.
    case replace
  }

  /// What happens where the dataset is there already.
  public enum ExistingDataset: Sendable, Equatable {
    /// The sequences are added to it.
    case append
    /// The import ends with an error that names the key.
    case fail
  }

  /// Which split each sequence goes into.
  public var split: SplitAssignment
  /// The classes that may occur, in index order; nil takes what the file declares, or else classes as they come.
  public var classes: [String]?
  /// What happens to a bad sequence.
  public var onError: ErrorPolicy
  /// What happens where the dataset is there already.
  public var ifExists: ExistingDataset
  /// What happens to a sequence whose key an earlier import brought.
  public var ifKeyExists: ExistingKey
  /// Bytes of sequences after which a resumable import commits; nil for one transaction. Where such an import ends early,
  /// the same import goes on after what was committed, and ends with the same store as one that was not disturbed.
  public var commitsEvery: Int?
  /// Whether tokens that the dataset does not know join its vocabulary; otherwise they get the index of the unknown.
  public var extendsVocabulary: Bool
  /// How many rejected sequences the report lists; the others are only counted.
  public var rejectionLimit: Int

  /// The dataset and the split where neither is named, and the bytes between two commits of a resumable import.
  public static let (usualDataset, usualSplit, usualCommit) = ("data", "train", 32_000_000)

  /// Options; what is left out has the value shown.
  public init(
    split: SplitAssignment = .fromRecord(default: ImportOptions.usualSplit), classes: [String]? = nil,
    onError: ErrorPolicy = .fail, ifExists: ExistingDataset = .append, ifKeyExists: ExistingKey = .fail,
    commitsEvery: Int? = nil, extendsVocabulary: Bool = true, rejectionLimit: Int = 100
  ) {
    self.split = split
    self.classes = classes
    self.onError = onError
    self.ifExists = ifExists
    self.ifKeyExists = ifKeyExists
    self.commitsEvery = commitsEvery
    self.extendsVocabulary = extendsVocabulary
    self.rejectionLimit = rejectionLimit
  }
}

extension ImportOptions {
  /// The options that have to stay the same for a whole import. How faults and keys that are there
  /// are met may change: that is why some imports go on.
  var fingerprint: String {
    String(StableHash.of("\(split) \(classes.map { $0.quotedList } ?? "any")", seed: 0), radix: 16)
  }
}

/// A sequence that an import left out.
public struct Rejection: Sendable, Equatable {
  /// Where and why: `readings.csv:812: column "ax" is "n/a", expected a number`.
  public var error: InputError
  /// The sentence of the error.
  public var message: String { error.message }
}

/// What an import stored.
public struct ImportReport: Sendable, Equatable {
  /// The name of the dataset.
  public var dataset: String
  /// The number of sequences that were stored.
  public var sequences = 0
  /// The number of their timesteps, invalid ones among them.
  public var timesteps = 0
  /// Sequences passed over because their keys were there.
  public var skipped = 0
  /// Sequences that took the place of others.
  public var replaced = 0
  /// Features of the dataset; 0 where a timestep is a token.
  public var features = 0
  /// Tokens of the dataset with the unknown one; 0 where a timestep holds features.
  public var tokens = 0
  /// Classes of the dataset; 0 where the target is no class.
  public var classes = 0
  /// Numbers and categories of the dataset beside its features or tokens and its target.
  public var furtherColumns = 0
  /// The number of sequences that were left out.
  public var rejectedCount = 0
  /// The first of them, as many as ``ImportOptions/rejectionLimit`` says.
  public var rejected: [Rejection] = []
  /// Whether any of the timesteps stored is valid, or none was stored: without one nothing can be learned.
  public var hasValidTimestep = true
  /// Duration of the import.
  public var seconds = 0.0

  /// A report of nothing stored.
  public init(dataset: String) { self.dataset = dataset }
}

extension ImportReport: CustomStringConvertible {
  /// `stored 270 sequences, 4,274 timesteps, 12 features, 9 classes, 0 rejected`.
  public var description: String {
    var parts = [sequences.counted("sequence"), timesteps.counted("timestep")]
    if furtherColumns > 0, tokens == 0, features == 0 {
      parts.append(furtherColumns.counted("column"))
    } else {
      parts.append(tokens > 0 ? tokens.counted("token") : features.counted("feature"))
      if furtherColumns > 0 { parts.append(furtherColumns.counted("further column")) }
    }
    if classes > 0 || furtherColumns == 0 { parts.append(classes.counted("class", "classes")) }
    return "stored \(parts.joined(separator: ", ")), \(rejectedCount.grouped) rejected"
      + (skipped > 0 ? ", \(skipped.grouped) there already" : "")
      + (replaced > 0 ? ", \(replaced.grouped) replaced" : "")
  }
}
