import RaggedCore

/// How files go into a dataset.
public struct ImportOptions: Sendable, Equatable {
  /// What happens to a bad sequence.
  public enum ErrorPolicy: Sendable, Equatable {
    /// The import ends, and nothing of it is stored.
    case fail
    /// The sequence is left out as a whole, listed and counted. Where some of it was stored before the fault came to
    /// light, that is taken out again, with the classes and tokens that it alone used.
    case skip
  }

  /// What happens to a sequence whose key an earlier import brought.
  public enum ExistingKey: Sendable, Equatable {
    /// It is at fault.
    case fail
    /// The one that is there stays as it is, and this one is passed over.
    case skip
    /// It takes the place of the one that is there.
    case replace
  }

  /// What happens where the dataset is there already.
  public enum ExistingDataset: Sendable, Equatable {
    /// The sequences are added to it.
    case append
    /// The import fails.
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
    onError: ErrorPolicy = .fail,
    ifExists: ExistingDataset = .append, ifKeyExists: ExistingKey = .fail, commitsEvery: Int? = nil,
    extendsVocabulary: Bool = true,
    rejectionLimit: Int = 100
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
  /// What tells the options that have to stay the same for a whole import from others. How faults and keys that are there
  /// are met may change: that is why some imports go on.
  var fingerprint: String {
    String(StableHash.of("\(split) \(classes.map { $0.quotedList } ?? "any")", seed: 0), radix: 16)
  }
}
