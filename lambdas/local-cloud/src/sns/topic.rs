//! Topics and subscriptions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::config::Config;
use crate::random_ids::RandomIds;

/// All topics, by ARN.
#[derive(Debug)]
pub(crate) struct Sns {
    topics: RwLock<BTreeMap<String, Arc<Topic>>>,
    pub(crate) ids: RandomIds,
}

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) arn: String,
    settings: Mutex<TopicSettings>,
    /// In the order in which they were made. Read by every message, so it is copied on change.
    subscriptions: RwLock<Arc<Vec<Arc<Subscription>>>>,
}

/// What can be changed of a topic.
#[derive(Clone, Debug, Default)]
pub(crate) struct TopicSettings {
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) subscriptions_deleted: u64,
}

/// A subscription of a function.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) arn: String,
    pub(crate) topic_arn: String,
    /// The function's ARN.
    pub(crate) endpoint: String,
}

impl Sns {
    pub(crate) fn new(config: &Config) -> Self {
        Self { topics: RwLock::default(), ids: RandomIds::new(config.seed, 0x0073_6e73) }
    }

    pub(crate) fn topic(&self, arn: &str) -> Option<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).get(arn).cloned()
    }

    /// All topics, in order of their ARNs.
    pub(crate) fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The topic of that ARN; made if it is not there, and then `true` comes with it.
    pub(crate) fn create(&self, arn: &str, settings: TopicSettings) -> (Arc<Topic>, bool) {
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.get(arn) {
            return (Arc::clone(topic), false);
        }
        let topic = Arc::new(Topic {
            arn: arn.to_owned(),
            settings: Mutex::new(settings),
            subscriptions: RwLock::default(),
        });
        topics.insert(arn.to_owned(), Arc::clone(&topic));
        (topic, true)
    }

    /// Removes a topic with its subscriptions.
    pub(crate) fn delete(&self, arn: &str) {
        self.topics.write().unwrap_or_else(PoisonError::into_inner).remove(arn);
    }
}

impl Topic {
    pub(crate) fn settings(&self) -> MutexGuard<'_, TopicSettings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn subscriptions(&self) -> Arc<Vec<Arc<Subscription>>> {
        Arc::clone(&self.subscriptions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The subscription of a function, made if it is not there; a function has only one.
    pub(crate) fn subscribe(
        &self,
        endpoint: &str,
        id: impl FnOnce() -> String,
    ) -> Arc<Subscription> {
        let mut subscriptions = self.subscriptions.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(existing) = subscriptions.iter().find(|s| s.endpoint == endpoint) {
            return Arc::clone(existing);
        }
        let subscription = Arc::new(Subscription {
            arn: format!("{}:{}", self.arn, id()),
            topic_arn: self.arn.clone(),
            endpoint: endpoint.to_owned(),
        });
        Arc::make_mut(&mut subscriptions).push(Arc::clone(&subscription));
        subscription
    }

    /// Removes a subscription; whether there was one.
    pub(crate) fn unsubscribe(&self, arn: &str) -> bool {
        let mut subscriptions = self.subscriptions.write().unwrap_or_else(PoisonError::into_inner);
        let before = subscriptions.len();
        Arc::make_mut(&mut subscriptions).retain(|subscription| subscription.arn != arn);
        let is_removed = subscriptions.len() < before;
        drop(subscriptions);
        self.settings().subscriptions_deleted += u64::from(is_removed);
        is_removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_subscribed_once_and_the_topic_is_made_once() {
        let sns = Sns::new(&Config::default());
        let (topic, is_new) = sns.create("arn:t", TopicSettings::default());
        assert!(is_new);
        assert!(!sns.create("arn:t", TopicSettings::default()).1);
        let first = topic.subscribe("f", || "1".into());
        let again = topic.subscribe("f", || "2".into());
        assert_eq!((first.arn.as_str(), again.arn.as_str()), ("arn:t:1", "arn:t:1"));
        assert!(topic.unsubscribe("arn:t:1"));
        assert!(!topic.unsubscribe("arn:t:1"));
        assert_eq!(topic.subscriptions().len(), 0);
        assert_eq!(topic.settings().subscriptions_deleted, 1);
    }
}
