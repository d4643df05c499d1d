/// One training run, as the store remembers it.
public struct RunRecord: Sendable, Equatable, Codable {
  /// How a run stands.
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

  /// The figures of one epoch.
  public struct Epoch: Sendable, Equatable, Codable {
    /// The epoch, counted from 1.
    public var epoch: Int
    /// Each figure by its name: `loss`, `val_loss`, `accuracy`, ….
    public var metrics: [String: Double]

    /// An epoch.
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
  /// How it stands.
  public var status: Status
  /// Its epochs so far.
  public var epochs: [Epoch]

  /// A run that begins.
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
